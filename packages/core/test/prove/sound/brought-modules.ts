// Modules that bring modules, each of which another one brings as well.

import { BaseModule } from '../../../src/index.ts'
import type { Sound } from '../seeded.ts'
import { Pool } from '../stand-ins.ts'

export const sound: Sound = (world) => {
  const pool = new Pool()
  class Database extends BaseModule {
    override readonly name = 'database'
    override start = () => pool.connect()
    override stop = () => pool.end()
  }
  class Users extends BaseModule {
    override readonly name = 'users'
    override readonly requires = ['database']
    override modules = () => [new Database()]
    override start = () => pool.query()
  }
  class Orders extends BaseModule {
    override readonly name = 'orders'
    override readonly requires = [Users, 'database']
    override modules = () => [new Users(), new Database()]
    override start = () => pool.query()
    override stop = () => pool.query()
  }
  world.request('an order', () => pool.query())
  return { modules: [new Orders()], startup: { concurrency: 'levels' } }
}
