// The public names of @myfy/web/testing.

export { createTestClient, TestClient, type TestClientOptions, type TestRequest } from './test-client.ts'
