// The change feed: every replica receives the change of a user when its transaction commits.

import { defineChannel } from '@myfy/data'

export interface Change {
  readonly type: 'created' | 'updated' | 'deleted'
  readonly user: { readonly id: number; readonly name: string }
}

export const Changes = defineChannel<Change>('users')
