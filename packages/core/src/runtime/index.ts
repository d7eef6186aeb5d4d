// The names of @myfy/core/runtime: what the packages of myfy share about processes, durations and errors. They are not
// part of the public interface and may change in any version.

// Durations
export {
  DURATION_FORM,
  type Duration,
  type DurationBounds,
  durationOption,
  formatDuration,
  parseDuration,
  plural,
} from './duration.ts'
// Error frames
export { codeFrame, displayPath, type ErrorFrameOptions, formatError, placeOf } from './error-frame.ts'
export { describeError, isExpected, keepUserFrames, userStack } from './error-text.ts'
// The inspector
export { parseRunProblem, type RunProblem } from './inspector/run-problem.ts'
export { issueKeys, issuesText, jsonValue } from './json-value.ts'
// Options
export { assertKnownOptions, assertOptionValues, meantName, type OptionNames } from './known-options.ts'
// The process
export { type CloseListenerOptions, closeListener } from './listeners/close-listener.ts'
export { INJECTION_FIX, injectionProblem } from './modules/injection.ts'
// Marks of modules
export { readFields, type SoleModule, soleModule } from './modules/module-marks.ts'
export { ExitCode, exitWhenWritten, signalExitCode, surviveLostReader } from './process-exit.ts'
export {
  coverInterruptEcho,
  ignoreLateSignals,
  KEY_PRESS_WINDOW_MS,
  type SignalMeaning,
  SignalSequence,
} from './process-signals.ts'
// Secrets
export {
  createRedactor,
  environmentSecrets,
  isSecretKey,
  type Redactor,
  redactText,
} from './redaction.ts'
// Ids of requests
export { isRequestId, traceIdOf } from './request-id.ts'
export {
  awaitInFlight,
  callInFlight,
  framePlace,
  isFrameworkFile,
  isUserFile,
  isUserFrame,
  pathOf,
  type SourcePlace,
  stackFrames,
} from './stack-frames.ts'
// Text in the width of a terminal
export { columnsOf, fitLine, fitText, type WidthSource } from './terminal/fit-text.ts'
export { openInBrowser } from './terminal/open-in-browser.ts'
// Thrown values
export {
  clauseOf,
  errorOf,
  innerErrors,
  isError,
  isThenable,
  messageOf,
  property,
  unpunctuated,
} from './thrown.ts'
