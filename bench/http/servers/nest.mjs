// NestJS without a compiler for decorators: they are called as functions.
import 'reflect-metadata'
import {
  Body,
  Controller,
  Get,
  HttpCode,
  HttpException,
  Inject,
  Injectable,
  Module,
  Param,
  Post,
  Scope,
} from '@nestjs/common'
import { NestFactory, REQUEST } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import {
  around,
  Context,
  deep,
  Facade,
  Greeter,
  listening,
  Order,
  Repository,
  Service,
  total,
} from '../scenario.mjs'

const method = (type, name, route, ...parameters) => {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name)
  route(type.prototype, name, descriptor)
  for (const [i, parameter] of parameters.entries()) parameter(type.prototype, name, i)
}

class MainController {
  constructor(greeter) {
    this.greeter = greeter
  }
  hello() {
    return { hello: 'world' }
  }
  order(body) {
    const parsed = Order.safeParse(body)
    if (!parsed.success) throw new HttpException({}, 422)
    return total(parsed.data)
  }
  singleton() {
    return this.greeter.greet('world')
  }
}
Controller()(MainController)
Inject(Greeter)(MainController, undefined, 0)
method(MainController, 'hello', Get('hello'))
method(MainController, 'order', Post('orders'), Body())
HttpCode(200)(
  MainController.prototype,
  'order',
  Object.getOwnPropertyDescriptor(MainController.prototype, 'order'),
)
method(MainController, 'singleton', Get('singleton'))

class DeepController {}
Controller()(DeepController)
deep.forEach((path, i) => {
  DeepController.prototype[`get${i}`] = (id) => ({ id })
  method(DeepController, `get${i}`, Get(`${path.slice(1)}/:id`), Param('id'))
})

class ScopedController {
  constructor(facade) {
    this.facade = facade
  }
  scoped() {
    return this.facade.answer()
  }
}
Controller()(ScopedController)
Inject(Facade)(ScopedController, undefined, 0)
method(ScopedController, 'scoped', Get('scoped'))

Injectable()(Greeter)
class AppModule {}
Module({
  controllers: [MainController, DeepController, ScopedController],
  providers: [
    Greeter,
    { provide: Context, scope: Scope.REQUEST, inject: [REQUEST], useFactory: (req) => new Context(req.url) },
    {
      provide: Repository,
      scope: Scope.REQUEST,
      inject: [Context, Greeter],
      useFactory: (context, greeter) => new Repository(context, greeter),
    },
    {
      provide: Service,
      scope: Scope.REQUEST,
      inject: [Repository, Context],
      useFactory: (repository, context) => new Service(repository, context),
    },
    {
      provide: Facade,
      scope: Scope.REQUEST,
      inject: [Service],
      useFactory: (service) => new Facade(service),
    },
  ],
})(AppModule)

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false })
if (around.enabled) {
  app.enableCors({ origin: [around.origin] })
  app.useGlobalInterceptors({
    intercept(context, next) {
      context.switchToHttp().getResponse().header('x-around', 'yes')
      return next.handle()
    },
  })
}
await app.listen(0, '127.0.0.1')
listening(app.getHttpServer().address().port)
