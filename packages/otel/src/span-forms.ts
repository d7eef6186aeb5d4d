// The spans and metrics of statements and tasks, by the semantic conventions for databases and messaging.

import type { SendTrace, TaskTrace, TransactionTrace } from '@myfy/core'
import { SpanKind } from '@opentelemetry/api'
import { ATTRIBUTES, DATABASE_BUCKETS, DURATION_BUCKETS, METRICS } from './attributes.ts'
import { sqlState } from './error-type.ts'
import { defineInstrument } from './instruments.ts'
import type { SpanForm } from './work-spans.ts'

/** Returns the form of statements: spans of a client inside of other work, and their duration. */
export function transactionForm(): SpanForm<TransactionTrace> {
  const duration = defineInstrument((meter) =>
    meter.createHistogram(METRICS.database, {
      description: 'Duration of database client operations.',
      unit: 's',
      advice: { explicitBucketBoundaries: [...DATABASE_BUCKETS] },
    }),
  )
  return {
    name: ({ name }) => name,
    kind: () => SpanKind.CLIENT,
    isPart: true,
    errorAttributes(error) {
      const state = sqlState(error)
      return state === undefined ? {} : { [ATTRIBUTES.databaseStatus]: state, [ATTRIBUTES.errorType]: state }
    },
    metrics: {
      duration,
      attributes: [
        ATTRIBUTES.databaseSystem,
        ATTRIBUTES.databaseName,
        ATTRIBUTES.databaseSummary,
        ATTRIBUTES.databaseStatus,
        ATTRIBUTES.serverAddress,
        ATTRIBUTES.serverPort,
      ],
    },
  }
}

/** Returns the form of messages that are sent: their spans are the parents of those of their processing. */
export function sendForm(): SpanForm<SendTrace> {
  const duration = defineInstrument((meter) =>
    meter.createHistogram(METRICS.sending, {
      description: 'Duration of messaging operation initiated by a producer or consumer client.',
      unit: 's',
      advice: { explicitBucketBoundaries: [...DURATION_BUCKETS] },
    }),
  )
  const count = defineInstrument((meter) =>
    meter.createCounter(METRICS.sent, {
      description: 'Number of messages producer attempted to send to the broker.',
      unit: '{message}',
    }),
  )
  return {
    name: ({ destination, attributes }) =>
      `${String(attributes?.[ATTRIBUTES.messagingOperation] ?? 'send')} ${destination}`,
    kind: () => SpanKind.PRODUCER,
    resultAttributes: ({ messageId }) =>
      messageId === undefined ? {} : { [ATTRIBUTES.messageId]: messageId },
    metrics: {
      duration,
      count,
      attributes: [ATTRIBUTES.messagingSystem, ATTRIBUTES.messagingOperation, ATTRIBUTES.destination],
      durationAttributes: [ATTRIBUTES.messagingType],
    },
  }
}

/** Returns the form of tasks: a job of a queue is the processing of a message, and is measured. */
export function taskForm(): SpanForm<TaskTrace> {
  const duration = defineInstrument((meter) =>
    meter.createHistogram(METRICS.processing, {
      description: 'Duration of processing operation.',
      unit: 's',
      advice: { explicitBucketBoundaries: [...DURATION_BUCKETS] },
    }),
  )
  const count = defineInstrument((meter) =>
    meter.createCounter(METRICS.consumed, {
      description: 'Number of messages that were delivered to the application.',
      unit: '{message}',
    }),
  )
  return {
    name({ task, attributes = {} }) {
      const { [ATTRIBUTES.messagingOperation]: operation, [ATTRIBUTES.destination]: destination } = attributes
      // The label of a job begins with the word.
      return operation === undefined
        ? `task ${task.replace(/^task /, '')}`
        : [operation, destination].filter(Boolean).join(' ')
    },
    kind: ({ attributes }) =>
      attributes?.[ATTRIBUTES.messagingType] === 'process' ? SpanKind.CONSUMER : SpanKind.INTERNAL,
    attributes: ({ module }) => (module === undefined ? {} : { 'myfy.module': module }),
    headers: ({ headers }) => headers,
    // It would be the parent of everything that it ever does.
    isLeftOut: ({ lasting }) => lasting === true,
    metrics: {
      duration,
      count,
      attributes: [ATTRIBUTES.messagingSystem, ATTRIBUTES.messagingOperation, ATTRIBUTES.destination],
    },
  }
}
