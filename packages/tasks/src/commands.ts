// The commands `myfy tasks …`.

import { once } from 'node:events'
import type { CommandContext, ModuleCommand } from '@myfy/core'
import { fitLine, meantName, plural } from '@myfy/core/runtime'
import type { TaskList } from './definition/task-list.ts'
import type { JobRow } from './engine/job-row.ts'
import type { TaskEngine } from './engine/task-engine.ts'
import { TaskError } from './errors.ts'
import { TaskQueue } from './queue/task-queue.ts'

/** The module that the commands belong to. */
export interface CommandOwner {
  readonly name: string
  readonly tasks: TaskList
}

const STATES: ReadonlyArray<JobRow['state']> = [
  'created',
  'retry',
  'active',
  'completed',
  'cancelled',
  'failed',
]

const json = { type: 'boolean', description: 'Print JSON' } as const

/** Returns the commands. They start the application, without transports. */
export function taskCommands(owner: CommandOwner): readonly ModuleCommand[] {
  const engineOf = ({ app }: CommandContext): TaskEngine => app.container.get(TaskQueue).engine
  const found = async (context: CommandContext): Promise<JobRow> => {
    const [id = ''] = context.args
    const job = await engineOf(context).find(id)
    if (job) return job
    throw new TaskError(
      'MYFY_TASK_JOB_UNKNOWN',
      'any',
      `Cannot find the job ${JSON.stringify(id)}: there is none with this id. List the jobs with \`myfy tasks list\`.`,
    )
  }
  /** Returns the name of a task. @throws TaskError if no module registers it and no job has it: it is misspelled */
  const taskOf = async (context: CommandContext): Promise<string | undefined> => {
    const task = context.options.task as string | undefined
    if (task === undefined || owner.tasks.find(task)) return task
    const stored = (await engineOf(context).count()).map(({ name }) => name)
    if (stored.includes(task)) return task
    const known = [...new Set([...owner.tasks.all.map(({ name }) => name), ...stored])]
    const meant = meantName(task, known)
    const fix =
      meant === undefined ? `Use ${known.join(', ') || 'the name of a registered task'}` : `Write ${meant}`
    throw new TaskError(
      'MYFY_TASK_UNKNOWN',
      task,
      `Cannot find the task ${JSON.stringify(task)}: no module registers it, and no job has its name. ${fix}.`,
    )
  }
  const change = (name: 'retry' | 'cancel', description: string): ModuleCommand => ({
    name: `tasks ${name}`,
    description,
    args: '<id>',
    options: { json },
    starts: true,
    async run(context) {
      const job = await found(context)
      const { id } = job
      const changed = await engineOf(context).change(name, job)
      const done = name === 'retry' ? 'runs again' : 'is cancelled'
      if (context.options.json) context.print(JSON.stringify({ id, changed }))
      else context.print(changed ? `the job ${id} ${done}` : `the job ${id} is in no state for that`)
      return changed ? 0 : 1
    },
  })
  return [
    {
      name: 'tasks worker',
      description: 'Run jobs until a signal, without transports',
      starts: true,
      only: [owner.name],
      async run({ app, signal }) {
        app.logger.info(
          { tasks: owner.tasks.all.length },
          `runs jobs of ${plural(owner.tasks.all.length, 'task')}`,
        )
        if (!signal.aborted) await once(signal, 'abort')
      },
    },
    {
      name: 'tasks list',
      description: 'List the newest jobs',
      options: {
        json,
        task: { type: 'string', description: 'Only jobs of this task' },
        state: {
          type: 'string',
          description: 'Only jobs in this state',
          choices: STATES,
        },
        limit: { type: 'string', description: 'The number of jobs', default: '50', integer: [1, 10_000] },
      },
      starts: true,
      async run(context) {
        const { state, limit } = context.options
        const found = await engineOf(context).list({
          task: await taskOf(context),
          state: state as string,
          limit: Number(limit),
        })
        const jobs = found.map((job) => context.app.redact(job))
        if (context.options.json) return context.print(JSON.stringify(jobs, null, 2))
        // The name is the last column: with most names a line fits into 80 columns.
        for (const { id, name, state, attempts, createdOn } of jobs) {
          const created = createdOn.toISOString().replace(/\.\d+/, '')
          const attempt = attempts > 0 ? `  attempt ${attempts + 1}` : ''
          context.print(fitLine(`${id}  ${state.padEnd(9)}  ${created}  ${name}${attempt}`, id.length + 2))
        }
      },
    },
    {
      name: 'tasks show',
      description: 'Show a job, with its input and its result or error',
      args: '<id>',
      options: { json },
      starts: true,
      run: async (context) =>
        context.print(JSON.stringify(context.app.redact(await found(context)), null, 2)),
    },
    change('retry', 'Run a failed job again'),
    change('cancel', 'Cancel a job that waits'),
    {
      name: 'tasks purge',
      description: 'Delete finished jobs, of one task if given',
      options: { json, task: { type: 'string', description: 'Only jobs of this task' } },
      starts: true,
      async run(context) {
        const deleted = await engineOf(context).purge(await taskOf(context))
        context.print(
          context.options.json ? JSON.stringify({ deleted }) : `${plural(deleted, 'job')} deleted`,
        )
      },
    },
    {
      name: 'tasks stats',
      description: 'Count the jobs of each task by state',
      options: { json },
      starts: true,
      async run(context) {
        const counts = await engineOf(context).count()
        if (context.options.json) return context.print(JSON.stringify(counts, null, 2))
        for (const { name, state, count } of counts) {
          const unknown = owner.tasks.find(name) ? '' : '  (no module registers this task)'
          context.print(fitLine(`${name}  ${state}  ${count}${unknown}`, 2))
        }
      },
    },
  ]
}
