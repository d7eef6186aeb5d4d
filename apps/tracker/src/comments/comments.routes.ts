import { Application } from '@myfy/core'
import { defineRoutes } from '@myfy/web'
import { z } from 'zod'
import { signedIn } from '../auth/identity.ts'
import { Id } from '../projects/projects.ts'
import { Comment, CommentFeed, Comments, NewComment } from './comments.ts'

const params = z.object({ task: Id })
const inject = { comments: Comments }
const live = { feed: CommentFeed, app: Application }

export const commentRoutes = defineRoutes(
  '/tasks/:task/comments',
  { tags: ['comments'], auth: signedIn },
  (route) => [
    route.get(
      '/',
      { inject, params, response: z.array(Comment), summary: 'Comments' },
      ({ comments, params }) => comments.list(params.task),
    ),
    route.post(
      '/',
      { inject, params, body: NewComment, response: Comment, status: 201, summary: 'Say something' },
      ({ comments, params, identity, body }) => comments.add(params.task, identity.id, body.body),
    ),
    route.get(
      '/live',
      { inject: live, params, timeout: 0, summary: 'Comments as they come' },
      ({ stream, feed, params }) =>
        stream.push((send) =>
          feed.hear(params.task, (comment) =>
            send({ event: 'comment', id: String(comment.id), data: comment }),
          ),
        ),
    ),
    route.websocket(
      '/socket',
      { inject: live, params, message: NewComment },
      ({ params, feed, identity, app }) => {
        let end = () => {}
        return {
          open(peer) {
            end = feed.hear(params.task, (comment) => peer.send(JSON.stringify(comment)))
          },
          // A socket lives long: each message has a transaction of its own.
          message: (_peer, { body }) =>
            app.work('task', { inject, label: 'comment' }, ({ comments }) =>
              comments.add(params.task, identity.id, body),
            ),
          close: () => end(),
        }
      },
    ),
  ],
)
