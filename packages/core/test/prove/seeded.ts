// Faults as users write them, one in each file of `seeded/`, by kind, with what must be found.

import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import type { ApplicationOptions } from '../../src/index.ts'
import type { World } from '../../src/testing/index.ts'

/** Returns the options of a new application. */
export type Sound = (world: World) => Omit<ApplicationOptions, 'host' | 'logger'>

/** An application with a fault. */
export interface Seeded {
  /** The description of the problem that must be found. */
  readonly finds: RegExp
  /** Returns the options of a new application. */
  readonly options: Sound
  /** Releases what the fault has left in the process. */
  readonly clean?: () => void
}

/** Returns every application with a fault, by the name of its file. */
export async function readSeeded(): Promise<ReadonlyMap<string, Seeded>> {
  return readAll('./seeded/', ({ seeded }) => seeded)
}

/** Returns every application with a fault that nothing shows, by the name of its file. */
export async function readMissed(): Promise<ReadonlyMap<string, Seeded>> {
  return readAll('./missed/', ({ seeded }) => seeded)
}

/** Returns every application without a fault, by the name of its file. */
export async function readSound(): Promise<ReadonlyMap<string, Sound>> {
  return readAll('./sound/', ({ sound }) => sound)
}

async function readAll<T>(
  folder: string,
  pick: (file: { readonly seeded: Seeded; readonly sound: Sound }) => T,
): Promise<ReadonlyMap<string, T>> {
  const directory = new URL(folder, import.meta.url)
  const files = readdirSync(directory, { recursive: true }).map(String)
  const found = new Map<string, T>()
  for (const file of files.filter((name) => name.endsWith('.ts')).sort())
    found.set(basename(file, '.ts'), pick(await import(new URL(file, directory).href)))
  return found
}
