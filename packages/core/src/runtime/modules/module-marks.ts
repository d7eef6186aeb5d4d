// What the modules of the framework tell about themselves beside the interface of a module.

/** The mark of a module that an application has once, whatever the name of the second one. */
export const soleModule: unique symbol = Symbol.for('myfy.module.sole')

/** The value of {@link soleModule}. */
export interface SoleModule {
  /** The class that was written, which a bundler may have renamed. */
  readonly type: string
  /** The way to make one module of two, as the last sentence of an error. */
  readonly fix: string
}

/** The mark of a module that reads fields of other modules: their names. */
export const readFields: unique symbol = Symbol.for('myfy.module.readFields')
