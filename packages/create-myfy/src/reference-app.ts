// The reference app as a template: without the parts that test the reference app itself.

import { withoutDevDependencies } from './manifest.ts'

/** The files of the reference app that a project keeps in `test`. The others test deployment, outages and the page. */
const KEPT_TESTS: ReadonlySet<string> = new Set([
  ...['application.ts', 'crash-scenario.ts', 'lines.ts', 'quiet.ts', 'running.ts', 'servers.ts'],
  ...['events.test.ts', 'tasks.test.ts', 'transactions.test.ts', 'users.test.ts'],
])

/** The development dependencies of the tests that are left out. */
const DROPPED_DEPENDENCIES = ['axe-core', 'kubernetes-models', 'playwright-core', 'yaml']

/** Returns true for a file that belongs to the template. `path` is relative, with `/`. */
export function isTemplateFile(path: string): boolean {
  // A project proves itself.
  if (path === 'crash-certificate.md') return false
  const [, test] = /^test\/(.+)$/.exec(path) ?? []
  return test === undefined || KEPT_TESTS.has(test)
}

/** Returns the content of a file in the template. */
export function templateContent(path: string, content: string): string {
  if (path === 'package.json') return withoutDevDependencies(content, DROPPED_DEPENDENCIES)
  if (path !== 'README.md') return content
  // The sentences on tests that are left out.
  return content
    .replace(
      'The tests use PostgreSQL and Redis on their usual local ports, and Chromium. They name what they skip without them.',
      'The tests use PostgreSQL and Redis on their usual local ports. They name what they skip without them.',
    )
    .replace(/ `MYFY_HEAVY=1` [^\n]*?\./, '')
}
