// The two things of package.json that are a project's own: its name, and which versions it asks for.

import { CreateError } from './errors.ts'

interface Manifest {
  name?: string
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

/** Puts versions in the place of `workspace:` ranges. */
export function pinVersions(content: string, versionOf: (name: string) => string): string {
  const manifest = JSON.parse(content) as Manifest
  for (const group of [manifest.dependencies, manifest.devDependencies]) {
    for (const [name, range] of Object.entries(group ?? {})) {
      if (!range.startsWith('workspace:')) continue
      const prefix = range.slice('workspace:'.length)
      group![name] = /^[\^~]$/.test(prefix) ? prefix + versionOf(name) : versionOf(name)
    }
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** Gives the project its name. */
export function nameProject(content: string, name: string): string {
  return `${JSON.stringify({ ...(JSON.parse(content) as Manifest), name }, null, 2)}\n`
}

/** A name that npm accepts, from the name of a folder. @throws CreateError if nothing is left of it */
export function projectName(folder: string): string {
  const name = folder
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '')
    .slice(0, 214)
  if (name !== '') return name
  throw new CreateError(
    'CREATE_NAME',
    `'${folder}' gives no name for a package; take a folder with letters or digits`,
    2,
  )
}
