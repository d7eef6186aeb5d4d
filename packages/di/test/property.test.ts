// Random graphs against a reference that is as simple as can be.
import { type AnySeed, Container, type Opened, type Scope, seed, type Token, token } from '@myfy/di'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { forms } from './support.ts'

interface Node {
  readonly scope: Scope
  /** Whom it needs, as indices; one past the end is a token nobody provides. */
  readonly needs: readonly number[]
}

const scopes: readonly Scope[] = ['singleton', 'request', 'task', 'transient']

/** Mostly valid graphs: needs point backwards and to fitting scopes, but for a fault here and there. */
const graphs = (faulty: boolean): fc.Arbitrary<Node[]> =>
  fc
    .array(fc.record({ scope: fc.constantFrom(...scopes), picks: fc.array(fc.nat(), { maxLength: 4 }) }), {
      minLength: 1,
      maxLength: 200,
    })
    .chain((raw) =>
      fc.array(fc.nat({ max: 400 }), { minLength: raw.length, maxLength: raw.length }).map((odds) => {
        const nodes: Node[] = []
        raw.forEach(({ scope, picks }, i) => {
          const wild = faulty && odds[i]! < 2
          const needs = picks
            .map((pick) => (wild ? pick % (raw.length + 1) : i ? pick % i : -1))
            .filter((need) => need >= 0 && (wild || fits({ scope, needs: [] }, need, nodes)))
          nodes.push({ scope, needs })
        })
        // A transient may be valid itself and still join request and task: such graphs are rejected by the reference.
        return nodes
      }),
    )

const fits = (node: Node, need: number, nodes: readonly Node[]) =>
  reachable(need, nodes).every(
    (scope) => scope === 'singleton' || scope === node.scope || node.scope === 'transient',
  )

/** The short scopes that a node is bound to, through transients. */
function reachable(at: number, nodes: readonly Node[], seen = new Set<number>()): Scope[] {
  const node = nodes[at]
  if (!node || seen.has(at)) return []
  seen.add(at)
  return node.scope === 'transient'
    ? node.needs.flatMap((need) => reachable(need, nodes, seen))
    : [node.scope]
}

/** Whether a graph is valid, by the definition. */
function isValid(nodes: readonly Node[]): boolean {
  const state = new Map<number, number>()
  const acyclic = (i: number): boolean => {
    if (state.get(i) === 2) return true
    if (state.get(i) === 1) return false
    state.set(i, 1)
    const ok = nodes[i]!.needs.every((need) => nodes[need] && acyclic(need))
    state.set(i, 2)
    return ok
  }
  return nodes.every((node, i) => {
    if (!acyclic(i)) return false
    const bound = new Set(node.needs.flatMap((need) => reachable(need, nodes)))
    bound.delete('singleton')
    return node.scope === 'transient' ? bound.size < 2 : [...bound].every((scope) => scope === node.scope)
  })
}

/** What every service is: who it is, its number, and what it was built from. */
interface Service {
  readonly node: number
  readonly serial: number
  readonly from: readonly Service[]
}

const Seed = { request: seed<number>('request', 'R'), task: seed<number>('task', 'T') }

function containerOf(
  nodes: readonly Node[],
  codegen: boolean | undefined,
  built: Service[],
  ended: Service[],
) {
  const container = new Container({ codegen })
  const tokens = nodes.map((_, i) => token<Service>(`n${i}`))
  const nobody = token<Service>('nobody')
  nodes.forEach(({ scope, needs }, node) => {
    container.register(tokens[node]!, {
      scope,
      inject: needs.map((need) => tokens[need] ?? nobody),
      factory: (...from: Service[]) => {
        const service = { node, serial: built.length, from }
        built.push(service)
        return service
      },
      dispose: (service) => void ended.push(service),
    })
  })
  return { container, tokens }
}

/** The reference: a map for each lifetime, and recursion. */
class Reference {
  readonly nodes: readonly Node[]
  readonly root: Map<number, Service>
  readonly scope = new Map<number, Service>()
  readonly built: Service[]

  constructor(nodes: readonly Node[], root: Map<number, Service>, built: Service[]) {
    this.nodes = nodes
    this.root = root
    this.built = built
  }

  get(node: number): Service {
    const { scope, needs } = this.nodes[node]!
    const memo = scope === 'singleton' ? this.root : scope === 'transient' ? undefined : this.scope
    const known = memo?.get(node)
    if (known) return known
    const from = needs.map((need) => this.get(need))
    const service = { node, serial: this.built.length, from }
    this.built.push(service)
    memo?.set(node, service)
    return service
  }
}

/** A service by its shape: the same places are the same instances. */
function shape(service: Service, ids = new Map<Service, number>()): unknown {
  const known = ids.get(service)
  if (known !== undefined) return known
  ids.set(service, ids.size)
  return [service.node, ...service.from.map((from) => shape(from, ids))]
}

const isTopological = (built: readonly Service[]) =>
  built.every(({ from, serial }) => from.every((part) => part.serial < serial))

test('build accepts exactly the valid graphs', () => {
  const seen = { valid: 0, invalid: 0 }
  fc.assert(
    fc.property(fc.boolean().chain(graphs), (nodes) => {
      const { container } = containerOf(nodes, undefined, [], [])
      let accepted = true
      try {
        container.build()
      } catch (error) {
        accepted = false
        expect((error as { problems: unknown[] }).problems.length).toBeGreaterThan(0)
      }
      seen[accepted ? 'valid' : 'invalid']++
      expect(accepted).toBe(isValid(nodes))
    }),
    { numRuns: 300 },
  )
  expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(20)
})

test.each(forms)(
  'a plan gives what the reference gives, in topological order, and ends in reverse ($codegen)',
  async ({ codegen }) => {
    await fc.assert(
      fc.asyncProperty(
        graphs(false).filter(isValid),
        fc.constantFrom('request' as const, 'task' as const),
        fc.array(fc.nat(), { maxLength: 5 }),
        async (nodes, scope, picks) => {
          const entries = picks
            .map((pick) => pick % nodes.length)
            .filter((i) => {
              const bound = reachable(i, nodes)
              return bound.every((one) => one === 'singleton' || one === scope)
            })
          const [built, ended]: [Service[], Service[]] = [[], []]
          const { container, tokens } = containerOf(nodes, codegen, built, ended)
          const Given = Seed[scope]
          const plan = container.plan({
            name: 'entry',
            inject: [...entries.map((i) => tokens[i] as Token<unknown>), Given as Token<number>],
            scope,
            seeds: [Given as AnySeed],
          })
          container.build()
          await plan.prepare()
          const singletons = built.length
          const expected: Service[] = []
          const reference = new Reference(nodes, new Map(), expected)
          for (let round = 1; round < 3; round++) {
            const before = built.length
            const opened = plan.open(round) as Opened
            const services = (opened.values as unknown[]).slice(0, -1) as Service[]
            expect((opened.values as unknown[]).at(-1)).toBe(round)
            const other = new Reference(nodes, reference.root, expected)
            const ids: [Map<Service, number>, Map<Service, number>] = [new Map(), new Map()]
            expect(services.map((service) => shape(service, ids[0]))).toEqual(
              entries.map((i) => shape(other.get(i), ids[1])),
            )
            ended.length = 0
            await opened.dispose({ ok: true })
            expect(ended).toEqual(built.slice(before).reverse())
          }
          expect(isTopological(built)).toBe(true)
          ended.length = 0
          await container.dispose()
          expect(ended).toEqual(built.slice(0, singletons).reverse())
        },
      ),
      { numRuns: 150 },
    )
  },
)

test('a scope filled by need gives what the reference gives, in the same order', async () => {
  await fc.assert(
    fc.asyncProperty(
      graphs(false).filter(isValid),
      fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
      async (nodes, picks) => {
        const [built, ended]: [Service[], Service[]] = [[], []]
        const { container, tokens } = containerOf(nodes, undefined, built, ended)
        const scope = container.build().createScope('request')
        const expected: Service[] = []
        const reference = new Reference(nodes, new Map(), expected)
        for (const pick of picks) {
          const i = pick % nodes.length
          if (reachable(i, nodes).includes('task')) continue
          const service = pick % 2 ? scope.get(tokens[i]!) : await scope.resolve(tokens[i]!)
          expect(shape(service)).toEqual(shape(reference.get(i)))
        }
        expect(built.map(({ node }) => node)).toEqual(expected.map(({ node }) => node))
        await scope.dispose()
        await container.dispose()
        expect(new Set(ended)).toEqual(new Set(built))
        expect(ended.length).toBe(built.length)
      },
    ),
    { numRuns: 100 },
  )
})
