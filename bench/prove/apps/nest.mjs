// Orders on NestJS, TypeORM and BullMQ: the order in a transaction, and its job in Redis when it has committed. The job has
// the id of the order, so that a repeated request adds no second one, and may run twice: it is idempotent. Decorators are called, as JavaScript has none.
// https://docs.nestjs.com/techniques/database#typeorm-transactions
// https://docs.nestjs.com/techniques/queues
// https://docs.bullmq.io/guide/jobs/job-ids
// https://docs.bullmq.io/patterns/idempotent-jobs

import 'reflect-metadata'
import { BullModule, InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq'
import { Body, Controller, Headers, Inject, Injectable, Module, Post } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm'
import { EntitySchema } from 'typeorm'

const { DATABASE_URL: url, PORT } = process.env
/** The prefix of the keys in Redis: each database has its own queue. */
const prefix = new URL(url).pathname.slice(1)

const id = { type: 'integer', primary: true, generated: true }
const item = { type: 'text' }
const Order = new EntitySchema({
  name: 'orders',
  columns: { id, key: { type: 'text', nullable: true, unique: true }, item },
})
const Receipt = new EntitySchema({
  name: 'receipts',
  columns: { id, order: { type: 'integer', unique: true }, item },
})

class Orders {
  async create(key, item) {
    const order = await this.dataSource.transaction(async (manager) => {
      const known = key === null ? null : await manager.findOneBy(Order, { key })
      return known ?? (await manager.save(Order, { key, item }))
    })
    await this.receipts.add(
      'receipt',
      { order: order.id, item },
      { jobId: `order-${order.id}`, attempts: 5, backoff: 1_000 },
    )
    return { item }
  }
}
Injectable()(Orders)
InjectDataSource()(Orders.prototype, 'dataSource')
InjectQueue('receipts')(Orders.prototype, 'receipts')

class OrdersController {
  create(key, body) {
    return this.orders.create(key ?? null, body.item)
  }
}
Controller('orders')(OrdersController)
Inject(Orders)(OrdersController.prototype, 'orders')
Post()(
  OrdersController.prototype,
  'create',
  Object.getOwnPropertyDescriptor(OrdersController.prototype, 'create'),
)
Headers('idempotency-key')(OrdersController.prototype, 'create', 0)
Body()(OrdersController.prototype, 'create', 1)

class Receipts extends WorkerHost {
  async process({ data }) {
    await this.dataSource
      .createQueryBuilder()
      .insert()
      .into(Receipt)
      .values({ order: data.order, item: data.item })
      .orIgnore()
      .execute()
  }
}
// Shorter times than the defaults of 30 s, so that a stalled job is found during the run.
Processor('receipts', { lockDuration: 3_000, stalledInterval: 1_000 })(Receipts)
InjectDataSource()(Receipts.prototype, 'dataSource')

class AppModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'postgres', url, entities: [Order, Receipt], synchronize: true }),
    BullModule.forRoot({ connection: { host: '127.0.0.1', port: 6379 }, prefix }),
    BullModule.registerQueue({ name: 'receipts' }),
  ],
  controllers: [OrdersController],
  providers: [Orders, Receipts],
})(AppModule)

const app = await NestFactory.create(AppModule, { logger: ['error'] })
app.enableShutdownHooks()
await app.listen(Number(PORT), '127.0.0.1')
