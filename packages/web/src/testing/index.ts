// A client for tests: the whole way of a request, without a socket.

export { createTestClient, TestClient, type TestClientOptions, type TestRequest } from './test-client.ts'
