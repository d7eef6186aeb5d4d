// Importing the entry file. The one place that knows how TypeScript is loaded.

import { pathToFileURL } from 'node:url'

/** Whether Node needs help with a file. */
export function isTypeScript(file: string): boolean {
  return /\.[cm]?tsx?$/.test(file)
}

/** Imports a file of the application that Node understands by itself. */
export async function importEntry(file: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>
}
