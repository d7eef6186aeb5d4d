// The comments of a task, and the feed that tells every replica about new ones.

import { defineChannel } from '@myfy/data'
import { singleton, work } from '@myfy/di'
import { z } from 'zod'
import { Database, Session } from '../data/tables.ts'

export const NewComment = z.object({ body: z.string().trim().min(1).max(5_000) })
export const Comment = z
  .object({ id: z.number(), taskId: z.number(), authorId: z.number(), body: z.string() })
  .meta({ id: 'Comment' })
export type Comment = z.infer<typeof Comment>

const columns = ['id', 'task_id as taskId', 'author_id as authorId', 'body'] as const
const posted = defineChannel<{ id: number; taskId: number }>('comments')

export const CommentFeed = singleton({ posted, database: Database }, ({ posted, database }) => ({
  /** Calls the listener for each new comment on a task. A comment is too large for the channel: it is read. */
  hear(task: number, listener: (comment: Comment) => unknown): () => void {
    let last: Promise<unknown> = Promise.resolve()
    return posted.subscribe(({ id, taskId }) => {
      if (taskId !== task) return
      const read = database.query.selectFrom('comments').select(columns).where('id', '=', id)
      last = last
        .then(() => read.executeTakeFirst())
        .then((comment) => comment && listener(comment))
        .catch((error) => database.logger.warn({ err: error }, 'cannot read a comment'))
    })
  },
}))

export const Comments = work({ session: Session, posted }, ({ session, posted }) => ({
  list: (task: number) =>
    session.query.selectFrom('comments').select(columns).where('task_id', '=', task).orderBy('id').execute(),
  async add(task: number, author: number, body: string) {
    const insert = session.query.insertInto('comments').values({ task_id: task, author_id: author, body })
    const comment = await insert.returning(columns).executeTakeFirstOrThrow()
    await posted.publish(session, { id: comment.id, taskId: task })
    return comment
  },
}))
