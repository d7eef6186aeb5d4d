// The templates of new projects.

import { CreateError } from './errors.ts'

/** The templates by name, with a description for people. */
export const templates = {
  minimal: 'one module and one route, with a test',
  api: 'users over HTTP, PostgreSQL, cache, metrics, page, deployment',
  worker: 'jobs from a queue without HTTP, and an orderly shutdown',
} as const

/** The name of a template. */
export type TemplateName = keyof typeof templates

/** The template that is used unless another one is named. */
export const defaultTemplate: TemplateName = 'api'

/** Returns the name of a template. @throws CreateError if there is no such template */
export function templateName(name: string): TemplateName {
  if (Object.hasOwn(templates, name)) return name as TemplateName
  throw new CreateError(
    'MYFY_CREATE_TEMPLATE',
    `Cannot use the template ${name}: there is no such template. Use ${Object.keys(templates).join(', ')}.`,
    2,
  )
}
