// Stops the reloads without end of an application that writes a file from which it is loaded.
//
// Each reload makes such an application write the file again, whose change asks for the next reload. An author may save
// as quickly: an editor at each key, a formatter, a script that saves as soon as the former version serves. No
// interval tells them apart, so that two things have to come together:
//
// 1. The process of the application reports that it has written the file, or that a child which it has just started ran
//    while the file was changed. Saves of an author alone are never held.
// 2. The change follows a start. After a few in a row the next reload waits until the file has rested, and each time
//    longer. What a start writes rests until the next start; an author who saves in between is not a start, and the
//    count begins again. The last pause is longer than the time after a start that counts as following it,
//    so that no rhythm of saves looks like a loop.
//
// A child that runs is a weak sign: an author may save as long as it lives. It takes many more reloads in a row.
//
// Until a file is named, a reload is only postponed, never dropped. From then on, what a start writes to it causes one
// reload after each other save, by which a generator that has been repaired comes to rest. A reload for which only a
// child may be the reason is never dropped: it may be the last save of an author.

import { mergeRequests, type ReloadRequest } from './change-detector.ts'
import type { OwnTimes, OwnWriter } from './own-writes.ts'

/** The time after a start in which a write counts as its consequence, in ms. */
const CONSEQUENCE_MS = 5_000
/** The same where only a child may have written, in ms: an author saves beside a child as well, but hardly as soon. */
const CHILD_CONSEQUENCE_MS = 1_000
/** The time after a start in which all its files are compared, in ms. */
const FIRST_LOOK_MS = 500
/** The number of consecutive reloads for files that the application has written, by the writer. */
const MAX_REWRITES = { process: 5, child: 30 }
/** The pauses before the next ones, in ms. After these the files are named. */
const PAUSES_MS = [1_000, 3_000, 6_000]
/**
 * The longest time that a reload waits for files that never rest, in ms: long enough to see a save that follows no start.
 * A reload for named files that a child may have written waits as long.
 */
const LONGEST_WAIT_MS = 12_000

/** The facts that a {@link RewriteGuard} decides by, and its decisions. */
export interface RewriteGuardParts {
  /** The time at which the last attempt began, in ms. */
  attemptBegan(): number
  /** Reports whether an attempt is under way. */
  isStarting(): boolean
  /** Returns who of the application has written this file since a time or just now, or may have. */
  writerOf(file: string, times: OwnTimes): OwnWriter | undefined
  /** The reload for these files waits, or is not made. */
  held(files: readonly string[]): void
  /** Makes the reload that waited. */
  proceed(request: ReloadRequest): void
  /** From now on the writes of the application to this file cause no reload. */
  named(file: string): void
}

/** Admits the reloads that saved files ask for, and holds those that the application causes itself. */
export class RewriteGuard {
  readonly #parts: RewriteGuardParts
  /** The number of consecutive reloads that the application has caused, and of the pauses among them. */
  #rewrites = 0
  #pauses = 0
  /** The files of these reloads. */
  readonly #rewritten = new Set<string>()
  #settledAt = 0
  readonly #named = new Set<string>()
  #hasNamed = false
  #waiting: { readonly since: number; request: ReloadRequest; timer: NodeJS.Timeout } | undefined

  constructor(parts: RewriteGuardParts) {
    this.#parts = parts
  }

  /** Returns the reload to make now; undefined if it waits, or is not made. */
  admit(request: ReloadRequest): ReloadRequest | undefined {
    if (request.type === 'unchanged') return this.#unchanged(request)
    const writer = this.#writerOf(request.saved)
    if (writer === undefined) {
      const waiting = this.#waiting?.request
      this.release(false)
      return mergeRequests(waiting, request)
    }
    for (const file of request.saved) this.#rewritten.add(file)
    const isNamed = request.saved.every((file) => this.#named.has(file))
    if (!this.#waiting && ++this.#rewrites <= (isNamed ? 1 : MAX_REWRITES[writer])) return request
    if (this.#waiting) this.#wait(mergeRequests(this.#waiting.request, request))
    else if (!isNamed && this.#pauses < PAUSES_MS.length) this.#wait(request)
    else {
      this.#name(request.saved)
      this.#pauses = Math.max(this.#pauses, PAUSES_MS.length)
      // Other files may differ because a start has read half of a named file, and failed: they get one more reload.
      const isLast =
        this.#pauses === PAUSES_MS.length && !request.files.every((file) => this.#named.has(file))
      if (writer === 'child' || isLast) this.#wait(request)
    }
    this.#parts.held(request.saved)
    return undefined
  }

  /** An attempt has ended: its application serves, or does not start. */
  settled(): void {
    this.#settledAt = performance.now()
  }

  /**
   * Begins again, because something else asks for a reload. Forgets the named files `entirely`, or those that the last
   * start did not write.
   */
  release(entirely = true): void {
    clearTimeout(this.#waiting?.timer)
    this.#waiting = undefined
    const hasRested = !this.#hasNamed && performance.now() - this.#settledAt > CONSEQUENCE_MS
    if (entirely || hasRested) this.#named.clear()
    this.#hasNamed = false
    this.#rewrites = 0
    this.#pauses = 0
    this.#rewritten.clear()
  }

  /** Returns who of the application alone may have written these files, and because it was started; undefined if it has not. */
  #writerOf(saved: readonly string[]): OwnWriter | undefined {
    if (saved.length === 0) return undefined
    const { attemptBegan, isStarting, writerOf } = this.#parts
    const settledFor = isStarting() ? 0 : performance.now() - this.#settledAt
    const since = (isCounted: boolean) => (isCounted ? attemptBegan() : Number.POSITIVE_INFINITY)
    // A file that a start loads for the first time is watched, and compared, at its end.
    const times = {
      writtenSince: since(settledFor <= FIRST_LOOK_MS),
      childSince: since(settledFor <= CHILD_CONSEQUENCE_MS),
    }
    const writers = new Set(saved.map((file) => writerOf(file, times)))
    if (writers.has(undefined)) return undefined
    const writer = writers.has('child') ? 'child' : 'process'
    const isLoop = this.#rewrites > MAX_REWRITES[writer]
    // A file that the first reloads of a loop have not written is not part of it.
    if (isLoop && !saved.every((file) => this.#rewritten.has(file))) return undefined
    // A timer may write again and again. A child may run for any time beside an author who saves.
    return isLoop || settledFor <= CONSEQUENCE_MS ? writer : undefined
  }

  /** The files that have changed equal the running application again. A new environment or configuration does not. */
  #unchanged(request: ReloadRequest): ReloadRequest {
    if (this.#waiting?.request.type === 'replace') {
      clearTimeout(this.#waiting.timer)
      this.#waiting = undefined
    }
    return request
  }

  get #pause(): number {
    return PAUSES_MS[this.#pauses] ?? LONGEST_WAIT_MS
  }

  #wait(request: ReloadRequest): void {
    const since = this.#waiting?.since ?? performance.now()
    clearTimeout(this.#waiting?.timer)
    const longest = since + LONGEST_WAIT_MS - performance.now()
    const ms = Math.max(0, Math.min(this.#pause, longest))
    this.#waiting = { since, request, timer: setTimeout(() => this.#rested(), ms) }
  }

  #rested(): void {
    const { request } = this.#waiting!
    // A start under way is allowed to end; what it writes is part of this pause.
    if (this.#parts.isStarting()) {
      this.#waiting!.timer = setTimeout(() => this.#rested(), this.#pause)
      return
    }
    this.#waiting = undefined
    this.#pauses++
    this.#parts.proceed(request)
  }

  #name(files: readonly string[]): void {
    this.#hasNamed = true
    for (const file of files) {
      if (this.#named.has(file)) continue
      this.#named.add(file)
      this.#parts.named(file)
    }
  }
}
