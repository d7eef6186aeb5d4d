// The worker processes of a supervisor: one serves, one is coming, one is ready to, some are leaving.

import type { ListenAddress } from '@myfy/core'
import type { Problem } from '../problem.ts'
import type { LoadOptions, Report } from '../protocol.ts'
import type { Contents } from '../watch/file-snapshots.ts'
import { createSockets, type Sockets } from './shared-sockets.ts'
import { Child, type ChildListener, type ChildOptions } from './worker-process.ts'

/** A spare is told what is new when nothing else happened for so many ms: it must not take the cores from a reload. */
const idle = 250

/** What a crew is made with. */
export interface CrewOptions extends ChildOptions {
  /** Where the first TCP address that an application asks for really is. */
  readonly listen?: ListenOverride | undefined
}

/** Another address than the application says; what is left out stays as it says. */
export interface ListenOverride {
  readonly port?: number | undefined
  readonly host?: string | undefined
}

/** Who does what. At most one each, but for those that leave. */
export class Crew {
  /** Serves. */
  present: Child | undefined
  /** Loads its first application, or shows why it could not. */
  coming: Child | undefined
  /** What Node loads for the application; a spare loads it ahead. */
  externals: readonly string[] = []
  readonly sockets: Sockets = createSockets()
  readonly #options: CrewOptions
  readonly #listener: ChildListener
  readonly #contents: Contents
  readonly #leaving = new Set<Child>()
  #spare: Child | undefined
  /** What the spare does not know yet. */
  readonly #news = new Map<string, string>()
  #quiet: NodeJS.Timeout | undefined
  #count = 0

  constructor(options: CrewOptions, contents: Contents, listener: ChildListener) {
    this.#options = options
    this.#contents = contents
    this.#listener = listener
  }

  /** Everybody whose application may have something to finish. */
  get all(): Child[] {
    return [this.present, this.coming, ...this.#leaving].filter((child) => child !== undefined)
  }

  /** The next one to come: the spare if there is one. */
  call(): Child {
    if (this.#spare) this.#tellSpare()
    this.coming = this.#spare ?? this.#recruit()
    this.#spare = undefined
    return this.coming
  }

  /** The one that came serves now. */
  promote(): void {
    this.present = this.coming
    this.coming = undefined
    this.sockets.serve(this.present!.id)
  }

  /** Has a spare that knows the good version. `fresh` is what the present one does not know yet. */
  keepSpare(fresh: ReadonlyArray<readonly [string, string]>): void {
    for (const [file, source] of fresh) this.#news.set(file, source)
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => {
      if (this.#spare) this.#tellSpare()
      else this.#spare = this.#recruit()
    }, idle)
  }

  /** The spare is of no use any more: it has loaded what has changed. */
  dropSpare(): void {
    clearTimeout(this.#quiet)
    this.#spare?.kill()
    this.#spare = undefined
  }

  /** If nothing is left of the process that failed, another one shows the page and loads the next version. */
  showPage(problem: Problem, load: LoadOptions, otherwise: ListenAddress | undefined): void {
    const address = this.sockets.addresses[0] ?? otherwise
    if (!address) return
    const child = this.coming ?? this.call()
    child.send({ type: 'page', problem, address, load })
  }

  /** It stops gracefully; what it took it answers. */
  retire(child: Child, reason = 'replaced'): void {
    this.#forget(child)
    this.#leaving.add(child)
    child.stop(reason)
  }

  /** It ends at once: it never served, or does not answer. */
  discard(child: Child | undefined): void {
    if (!child) return
    this.#forget(child)
    this.#leaving.add(child)
    child.kill()
  }

  /** It is gone. Says what it was. */
  gone(child: Child): 'present' | 'coming' | 'other' {
    const role = child === this.present ? 'present' : child === this.coming ? 'coming' : 'other'
    this.#forget(child)
    this.#leaving.delete(child)
    return role
  }

  /** Gives a process something to listen on. */
  async grant(child: Child, { id, address }: Extract<Report, { type: 'acquire' }>): Promise<void> {
    try {
      const { handle, path } = await this.sockets.grant(this.#elsewhere(child, address), child.id)
      child.send({ type: 'bound', id, ...(path !== undefined && { path }) }, handle)
    } catch (error) {
      const { message, code, port } = error as NodeJS.ErrnoException & { port?: number }
      child.send({
        type: 'bound',
        id,
        error: { message, ...(code && { code }), ...(port !== undefined && { port }) },
      })
    }
  }

  /** The first TCP address of each process is the one that the override is for, however often it is asked for. */
  #elsewhere(child: Child, asked: ListenAddress): ListenAddress {
    const { listen } = this.#options
    if (!listen || 'path' in asked) return asked
    const host = listen.host ?? asked.host
    const port = listen.port ?? asked.port
    // The error page knows the address already.
    if (host === asked.host && port === asked.port) return asked
    child.first ??= asked
    if (asked.port !== child.first.port || asked.host !== child.first.host) return asked
    return { port, ...(host !== undefined && { host }) }
  }

  #tellSpare(): void {
    if (this.#news.size > 0)
      this.#spare?.send({ type: 'prepare', files: [...this.#news], externals: this.externals })
    this.#news.clear()
  }

  #forget(child: Child): void {
    if (child === this.present) this.present = undefined
    if (child === this.coming) this.coming = undefined
    if (child === this.#spare) this.#spare = undefined
  }

  #recruit(): Child {
    const child = new Child(++this.#count, this.#options, this.#listener)
    this.#news.clear()
    const files = [...this.#contents.good].map(([file, { source }]) => [file, source] as const)
    child.send({ type: 'prepare', files, externals: this.externals })
    return child
  }
}
