// The name of a project, in package.json and everywhere else.

import { CreateError } from './errors.ts'

/** The name of the project in every template. */
const PLACEHOLDER = 'starter'

/** Returns a name that npm accepts, from the name of a folder. @throws CreateError if nothing is left of it */
export function projectName(folder: string): string {
  const name = folder
    .normalize('NFKD')
    // Accents that NFKD has separated: `Überblick` is `uberblick`.
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, '-')
    .replace(/-{2,}/g, '-')
    .replace(/^[._-]+|-+$/g, '')
    .slice(0, 214)
  if (name !== '') return name
  throw new CreateError(
    'MYFY_CREATE_NAME',
    `Cannot name a project after '${folder}': a package name needs letters or digits. Use another folder.`,
    2,
  )
}

/** Puts the name of a project in the place of the template's, in a path or in the text of a file. */
export function withProjectName(text: string, name: string): string {
  // Kubernetes, systemd and containers allow fewer characters than npm.
  const label = name.replace(/[^a-z0-9-]+/g, '-')
  const identifier = name.replace(/[^a-z0-9]+/g, '_')
  return text
    .replaceAll(`@myfy/${PLACEHOLDER}`, name)
    .replaceAll(`myfy ${PLACEHOLDER}`, name)
    .replaceAll(`${PLACEHOLDER}_`, `${identifier}_`)
    .replace(new RegExp(`\\b${PLACEHOLDER}\\b`, 'g'), label)
}
