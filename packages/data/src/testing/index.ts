// The public names of @myfy/data/testing.

export { TestDatabase, type TestDatabaseOptions, testDatabase } from './test-database.ts'
