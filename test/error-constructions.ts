// Every place in the packages that constructs an error: its class, its code and the messages that it can have, read
// from the syntax trees. Helper functions between the place and the class are followed.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { find, root } from './markdown.ts'

/** Classes whose subclasses are errors for users. create-myfy runs before anything is installed and has its own. */
const bases = new Set(['MyfyError', 'CreateError'])
const packages = readdirSync(join(root, 'packages'))

export interface Construction {
  readonly folder: string
  readonly place: string
  readonly className: string
  readonly codes: readonly string[]
  readonly messages: readonly string[]
}

const program = ts.createProgram(
  packages.flatMap((folder) => find(`packages/${folder}/src/**/*.ts`)).map((file) => join(root, file)),
  {
    ...ts.parseJsonConfigFileContent(
      ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile).config,
      ts.sys,
      root,
    ).options,
  },
)
const checker = program.getTypeChecker()
const sources = program.getSourceFiles().filter(({ fileName }) => /\/packages\/[\w-]+\/src\//.test(fileName))

/** How deep calls and constants are followed. */
const limit = 12
const combined = (left: readonly string[], right: readonly string[]) =>
  left.flatMap((a) => right.map((b) => a + b)).slice(0, 40)
const calls = callsByDeclaration()
/** Every construction of an error in the packages. */
export const constructions: readonly Construction[] = sources.flatMap(constructionsOf)

/** `throw new Error(…)`, `throw new TypeError(…)`: what a user would meet without a code. */
export function bareErrors(folder: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (
      ts.isNewExpression(node) &&
      ts.isIdentifier(node.expression) &&
      ['Error', 'TypeError', 'RangeError', 'AggregateError', 'SyntaxError'].includes(node.expression.text) &&
      !isInternal(node)
    )
      found.push(`${placeOf(node)}: ${node.getText().replace(/\s+/g, ' ').slice(0, 100)}`)
    ts.forEachChild(node, visit)
  }
  for (const source of sources) if (folderOf(source) === folder) visit(source)
  return found
}

/** Wraps what a user threw, carries a stack, or ends in code that cannot be reached. */
function isInternal(node: ts.NewExpression): boolean {
  const [first] = node.arguments ?? []
  // A bare one only carries a stack; the fault matrix throws on purpose.
  if (first === undefined || /on purpose/.test(first.getText())) return true
  for (let up: ts.Node | undefined = node; up; up = up.parent) {
    if (ts.isFunctionLike(up)) {
      const name = (up.name ?? (ts.isVariableDeclaration(up.parent) ? up.parent.name : undefined))?.getText()
      return name !== undefined && /^(?:errorOf|toError|assertNever|unreachable)$/.test(name)
    }
  }
  return false
}

function constructionsOf(source: ts.SourceFile): Construction[] {
  const found: Construction[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node)) {
      const declaration = classOf(node.expression)
      if (declaration && isError(declaration)) {
        const [codes, messages] = evaluateConstruction(declaration, [...(node.arguments ?? [])], new Map(), 0)
        found.push({
          folder: folderOf(source),
          place: placeOf(node),
          className: declaration.name?.text ?? '',
          codes: [...new Set(codes)],
          messages: [...new Set(messages)],
        })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

type Scope = ReadonlyMap<ts.Symbol, readonly string[]>

/** The codes and the messages that a construction can have: through the constructors up to the base. */
function evaluateConstruction(
  declaration: ts.ClassDeclaration,
  given: readonly ts.Expression[] | readonly (readonly string[])[],
  scope: Scope,
  depth: number,
): [codes: readonly string[], messages: readonly string[]] {
  const values = given.map((one) => (Array.isArray(one) ? one : evaluate(one as ts.Expression, scope, depth)))
  if (bases.has(declaration.name?.text ?? '')) return [values[0] ?? ['‹›'], values[1] ?? ['‹›']]
  const init = declaration.members.find(ts.isConstructorDeclaration)
  const parent = parentOf(declaration)
  if (!parent) return [['‹›'], ['‹›']]
  if (!init?.body) return evaluateConstruction(parent, values, scope, depth + 1)
  const inner = new Map(scope)
  bind(init, values, inner)
  let result: [readonly string[], readonly string[]] = [['‹›'], ['‹›']]
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword)
      result = evaluateConstruction(
        parent,
        node.arguments.map((argument) => evaluate(argument, inner, depth + 1)),
        inner,
        depth + 1,
      )
    ts.forEachChild(node, visit)
  }
  visit(init.body)
  return result
}

function bind(
  declaration: ts.SignatureDeclaration,
  values: readonly (readonly string[])[],
  into: Map<ts.Symbol, readonly string[]>,
): void {
  declaration.parameters.forEach((parameter, i) => {
    const symbol = checker.getSymbolAtLocation(parameter.name)
    const value = values[i] ?? (parameter.initializer && evaluate(parameter.initializer, into, 0))
    if (symbol && value) into.set(symbol, value)
  })
}

/** The strings that an expression can be; what is only known at run time stands as `‹name›`. */
function evaluate(node: ts.Expression, scope: Scope, depth: number): readonly string[] {
  const unknown = [`‹${node.getText().replace(/\s+/g, ' ').slice(0, 30)}›`]
  if (depth > limit) return unknown
  const next = (child: ts.Expression, inner = scope) => evaluate(child, inner, depth + 1)
  if (ts.isStringLiteralLike(node)) return [node.text]
  if (ts.isNumericLiteral(node)) return [node.text]
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node))
    return next(node.expression)
  if (ts.isTemplateExpression(node))
    return node.templateSpans.reduce<readonly string[]>(
      (text, span) => combined(combined(text, next(span.expression)), [span.literal.text]),
      [node.head.text],
    )
  if (ts.isConditionalExpression(node)) return [...next(node.whenTrue), ...next(node.whenFalse)]
  if (ts.isBinaryExpression(node)) {
    const operator = node.operatorToken.kind
    if (operator === ts.SyntaxKind.PlusToken) return combined(next(node.left), next(node.right))
    if (operator === ts.SyntaxKind.QuestionQuestionToken || operator === ts.SyntaxKind.BarBarToken)
      return [...next(node.left), ...next(node.right)]
  }
  if (ts.isIdentifier(node)) {
    const symbol = checker.getSymbolAtLocation(node)
    const known = symbol && scope.get(symbol)
    if (known) return known
    const declaration = symbol?.valueDeclaration
    if (declaration && ts.isVariableDeclaration(declaration) && isConstant(declaration)) {
      if (declaration.initializer) return next(declaration.initializer)
    }
    if (declaration && ts.isParameter(declaration)) return argumentsOf(declaration, depth) ?? unknown
    if (declaration && ts.isBindingElement(declaration))
      return elementOf(declaration, scope, depth) ?? unknown
    return unknown
  }
  if (ts.isCallExpression(node)) return joined(node, scope, depth) ?? returned(node, scope, depth) ?? unknown
  return unknown
}

function isConstant(declaration: ts.VariableDeclaration): boolean {
  const list = declaration.parent
  return (
    ts.isVariableDeclarationList(list) &&
    (list.flags & ts.NodeFlags.Const) !== 0 &&
    ts.isIdentifier(declaration.name)
  )
}

/** `[a, b].filter(Boolean).join('\n')`: the parts, joined. */
function joined(node: ts.CallExpression, scope: Scope, depth: number): readonly string[] | undefined {
  if (!ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'join')
    return undefined
  let list = node.expression.expression
  while (
    ts.isCallExpression(list) &&
    ts.isPropertyAccessExpression(list.expression) &&
    list.expression.name.text === 'filter'
  )
    list = list.expression.expression
  const [separator] = node.arguments
  if (!ts.isArrayLiteralExpression(list) || !separator) return undefined
  const between = evaluate(separator, scope, depth + 1)
  return list.elements
    .map((element) =>
      ts.isSpreadElement(element)
        ? [`‹${element.expression.getText().slice(0, 30)}›`]
        : evaluate(element, scope, depth + 1),
    )
    .reduce((left, right) => combined(combined(left, between), right).map((text) => text.replace(/^\s+/, '')))
}

/** What the callers of a function pass for a parameter. */
function argumentsOf(parameter: ts.ParameterDeclaration, depth: number): readonly string[] | undefined {
  const owner = parameter.parent
  const index = owner.parameters.indexOf(parameter)
  const found = (calls.get(owner) ?? []).flatMap(({ arguments: given }) => {
    const argument = given?.[index] ?? parameter.initializer
    return argument && !ts.isSpreadElement(argument) ? evaluate(argument, new Map(), depth + 3) : []
  })
  return found.length > 0 ? found.slice(0, 40) : undefined
}

/** The element of `const [code, sentence] = explain(…)`. */
function elementOf(element: ts.BindingElement, scope: Scope, depth: number): readonly string[] | undefined {
  const declaration = element.parent.parent
  if (!ts.isVariableDeclaration(declaration)) return undefined
  if (!ts.isArrayBindingPattern(element.parent)) {
    const key = (element.propertyName ?? element.name).getText()
    const found = declaration.initializer
      ? objectsOf(declaration.initializer).flatMap((object) => {
          const property = object.properties.find((one) => one.name?.getText() === key)
          return property && ts.isPropertyAssignment(property)
            ? evaluate(property.initializer, scope, depth + 1)
            : []
        })
      : []
    return found.length > 0 ? found : undefined
  }
  const index = element.parent.elements.indexOf(element)
  if (!declaration.initializer || !ts.isCallExpression(declaration.initializer)) return undefined
  return returned(declaration.initializer, scope, depth, (value) =>
    ts.isArrayLiteralExpression(value) ? value.elements[index] : undefined,
  )
}

/** The object literals that an expression can be: `table[key] ?? { … }`. */
function objectsOf(node: ts.Expression): ts.ObjectLiteralExpression[] {
  if (ts.isObjectLiteralExpression(node)) return [node]
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return objectsOf(node.expression)
  if (ts.isBinaryExpression(node)) return [...objectsOf(node.left), ...objectsOf(node.right)]
  if (ts.isElementAccessExpression(node)) {
    const declaration = checker.getSymbolAtLocation(node.expression)?.valueDeclaration
    if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return []
    return objectsOf(declaration.initializer).flatMap((table) =>
      table.properties.flatMap((one) => (ts.isPropertyAssignment(one) ? objectsOf(one.initializer) : [])),
    )
  }
  return []
}

/** What a call of a function of the packages can return. */
function returned(
  node: ts.CallExpression,
  scope: Scope,
  depth: number,
  pick: (value: ts.Expression) => ts.Expression | undefined = (value) => value,
): readonly string[] | undefined {
  const declaration = checker.getResolvedSignature(node)?.declaration
  if (!declaration || !isOurs(declaration)) return undefined
  if (!ts.isFunctionLike(declaration) || !('body' in declaration) || !declaration.body) return undefined
  const inner = new Map(scope)
  bind(
    declaration as ts.SignatureDeclaration,
    node.arguments.map((argument) => evaluate(argument, scope, depth + 1)),
    inner,
  )
  const body = declaration.body as ts.ConciseBody
  const values: ts.Expression[] = []
  if (!ts.isBlock(body)) values.push(body)
  else {
    const visit = (child: ts.Node): void => {
      if (ts.isReturnStatement(child) && child.expression) values.push(child.expression)
      if (!ts.isFunctionLike(child)) ts.forEachChild(child, visit)
    }
    visit(body)
  }
  const found = values.flatMap((value) => {
    const picked = pick(unwrapped(value))
    return picked ? evaluate(picked, inner, depth + 1) : []
  })
  return found.length > 0 ? found.slice(0, 40) : undefined
}

function unwrapped(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) || ts.isAsExpression(node) ? unwrapped(node.expression) : node
}

function callsByDeclaration(): Map<ts.Node, (ts.CallExpression | ts.NewExpression)[]> {
  const found = new Map<ts.Node, (ts.CallExpression | ts.NewExpression)[]>()
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const declaration = checker.getResolvedSignature(node)?.declaration
      if (declaration && isOurs(declaration))
        found.set(declaration, [...(found.get(declaration) ?? []), node])
    }
    ts.forEachChild(node, visit)
  }
  sources.forEach(visit)
  return found
}

function classOf(expression: ts.Node): ts.ClassDeclaration | undefined {
  const symbol = checker.getSymbolAtLocation(expression)
  const original = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  return original?.declarations?.find(ts.isClassDeclaration)
}

function parentOf(declaration: ts.ClassDeclaration): ts.ClassDeclaration | undefined {
  const clause = declaration.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
  return clause?.types[0] && classOf(clause.types[0].expression)
}

function isError(declaration: ts.ClassDeclaration | undefined): boolean {
  if (!declaration) return false
  return bases.has(declaration.name?.text ?? '') || isError(parentOf(declaration))
}

/** The names that a file exports. */
export function exportsOf(file: string): string[] {
  const source = program.getSourceFile(join(root, file))
  const symbol = source && checker.getSymbolAtLocation(source)
  return symbol ? checker.getExportsOfModule(symbol).map(({ name }) => name) : []
}

function isOurs(node: ts.Node): boolean {
  return /\/packages\/[\w-]+\/src\//.test(node.getSourceFile().fileName)
}

function folderOf(source: ts.SourceFile): string {
  return /\/packages\/([\w-]+)\/src\//.exec(source.fileName)?.[1] ?? ''
}

function placeOf(node: ts.Node): string {
  const source = node.getSourceFile()
  const { line } = source.getLineAndCharacterOfPosition(node.getStart())
  return `${source.fileName.slice(root.length + 1)}:${line + 1}`
}
