// The contract of the watchers: which files to watch, and the report that one may have changed.

/** Receives the absolute path of a file or directory that may have changed. */
export type ChangeListener = (file: string) => void

/** Watches a set of files, which can be replaced at any time. */
export interface FileWatcher {
  /**
   * Replaces the watched set. The files need not exist. Every entry of the directories counts. Entries of a directory
   * that was not watched before are reported, except by the first call.
   */
  watch(files: Iterable<string>, directories?: Iterable<string>): void
  close(): void
}
