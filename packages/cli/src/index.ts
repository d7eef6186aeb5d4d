// The public names of @myfy/cli.

// Finding and loading an application
export { type Entry, type EntryRequest, findEntry } from './entry/find-entry.ts'
export { type LoadedApplication, type LoadOptions, loadApplication } from './entry/load-application.ts'
// Errors
export {
  CommandLineError,
  EntryImportError,
  EntryNotFoundError,
  UsageError,
} from './errors.ts'
