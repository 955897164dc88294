import {FILTERS} from './filters.ts'

/**
 * What Jinja does where the library does something else, as changes to the library's classes in its process. They rely on its
 * internals: package.json pins its version, and test/fixtures/chat-templates compares them with Jinja.
 */
const JINJA = String.raw`
const [StringValue, IntegerValue, FloatValue, BooleanValue, NullValue, UndefinedValue, FunctionValue, ArrayValue, ObjectValue] =
  ['', 0, 0.5, true, null, undefined, () => 0, [], {}].map(value => new Environment().set('value', value).constructor)
const {applyFilter, evaluateBinaryExpression, evaluateCallExpression, evaluateFor, evaluateMemberExpression} = Interpreter.prototype

Interpreter.prototype.evaluateBinaryExpression = function (node, environment) {
  const operator = node.operator.value
  if (!['==', '!=', '~', '%', 'in', 'not in'].includes(operator)) return evaluateBinaryExpression.call(this, node, environment)
  const [a, b] = [node.left, node.right].map(side => this.evaluate(side, environment))
  if (operator === '~') return new StringValue(a.toString() + b.toString())
  if (operator.endsWith('in')) return new BooleanValue(isIn(a, b) === (operator === 'in'))
  if (operator !== '%') return new BooleanValue(isEqual(a, b) === (operator === '=='))
  if (!isNumber(a) || !isNumber(b)) throw new Error('it applies % to values that are not both numbers')
  if (Number(b.value) === 0) throw new Error('it divides by 0')
  const rest = a.value % b.value
  const remainder = rest !== 0 && rest < 0 !== b.value < 0 ? rest + Number(b.value) : rest
  return a instanceof FloatValue || b instanceof FloatValue ? new FloatValue(remainder) : new IntegerValue(remainder)
}
const isNumber = value => [IntegerValue, FloatValue, BooleanValue].some(type => value instanceof type)
const isEqual = (a, b) => {
  if (isNumber(a) && isNumber(b)) return Number(a.value) === Number(b.value)
  if (a.type !== b.type) return false
  if (Array.isArray(a.value))
    return a.value.length === b.value.length && a.value.every((one, i) => isEqual(one, b.value[i]))
  if (!(a.value instanceof Map)) return a.value === b.value
  return a.value.size === b.value.size && [...a.value].every(([key, one]) => b.value.has(key) && isEqual(one, b.value.get(key)))
}

const isIn = (one, all) => {
  if (all instanceof UndefinedValue) return false
  if (all instanceof ArrayValue) return all.value.some(other => isEqual(other, one))
  if (!(one instanceof StringValue)) throw new Error('it searches a text or the keys of an object for a value that is no text')
  if (all instanceof StringValue) return all.value.includes(one.value)
  if (all instanceof ObjectValue) return all.value.has(one.value)
  throw new Error('it searches a value that is no text, list or object')
}

// A character of a text is one of Unicode, as in Python, and not one of UTF-16.
Interpreter.prototype.evaluateMemberExpression = function (node, environment) {
  const known = new Map()
  const evaluate = (inner, scope) => {
    if (!known.has(inner)) known.set(inner, this.evaluate(inner, scope))
    return known.get(inner)
  }
  const object = evaluate(node.object, environment)
  const index = indexOf(node, key => evaluate(key, environment))
  if (object instanceof StringValue && index !== undefined) {
    const character = [...object.value].at(index)
    return character === undefined ? new UndefinedValue() : new StringValue(character)
  }
  const evaluateSliceExpression = (...args) => this.evaluateSliceExpression(...args)
  return evaluateMemberExpression.call({evaluate, evaluateSliceExpression}, node, environment)
}
const indexOf = ({computed, property}, evaluate) => {
  if (!computed) return property.type === 'IntegerLiteral' ? property.value : undefined
  if (property.type === 'SliceExpression') return undefined
  const key = evaluate(property)
  return key instanceof IntegerValue ? key.value : undefined
}

BooleanValue.prototype.toString = function () {
  return this.value ? 'True' : 'False'
}
NullValue.prototype.toString = () => 'None'
UndefinedValue.prototype.toString = () => ''
ArrayValue.prototype.toString = function () {
  const entries = this.value.map(representation).join(', ')
  return this.type === 'TupleValue' ? '(' + entries + ')' : '[' + entries + ']'
}
ObjectValue.prototype.toString = function () {
  return '{' + [...this.value].map(([key, value]) => quote(key) + ': ' + representation(value)).join(', ') + '}'
}
const representation = value => {
  if (value instanceof StringValue) return quote(value.value)
  return value instanceof UndefinedValue ? 'Undefined' : value.toString()
}
const quote = text => {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  let quoted = mark
  for (const letter of text) {
    const code = letter.codePointAt(0)
    const hex = code.toString(16)
    if (letter === mark || letter === '\\') quoted += '\\' + letter
    else if ('\n\r\t'.includes(letter)) quoted += '\\' + 'nrt'['\n\r\t'.indexOf(letter)]
    else if (letter === ' ' || !/[\p{C}\p{Z}]/u.test(letter)) quoted += letter
    else if (code < 0x100) quoted += '\\x' + hex.padStart(2, '0')
    else quoted += code < 0x10000 ? '\\u' + hex.padStart(4, '0') : '\\U' + hex.padStart(8, '0')
  }
  return quoted + mark
}
Object.defineProperty(UndefinedValue.prototype, 'builtins', {
  value: {
    get(name) {
      throw new Error('it reads ' + name + ' of an undefined value')
    },
  },
})

// Each iteration has variables of its own, and keeps what it printed before {% break %} or {% continue %}, but not what is
// captured by a block of {% set %}, {% filter %} or {% call %}.
for (const name of ['evaluateSet', 'evaluateFilterStatement', 'evaluateCallStatement']) {
  const evaluate = Interpreter.prototype[name]
  Interpreter.prototype[name] = function (...args) {
    try {
      return evaluate.apply(this, args)
    } catch (error) {
      error.printed = ''
      throw error
    }
  }
}
const loops = []
Interpreter.prototype.evaluateFor = function (node, environment) {
  const loop = {blocks: [node.body, node.defaultBlock], text: ''}
  loops.push(loop)
  try {
    evaluateFor.call(this, node, environment)
    return new StringValue(loop.text)
  } finally {
    loops.pop()
  }
}
Interpreter.prototype.evaluateBlock = function (statements, environment) {
  const loop = loops.at(-1)
  const isOfLoop = loop?.blocks.includes(statements)
  const scope = isOfLoop ? new Environment(environment) : environment
  if (isOfLoop && statements === loop.blocks[0])
    environment.lookupVariable('loop').value.set('depth', new IntegerValue(1)).set('depth0', new IntegerValue(0))
  let text = ''
  try {
    for (const statement of statements) {
      const value = this.evaluate(statement, scope)
      if (!['Set', 'Macro', 'Comment'].includes(statement.type)) text += value
    }
  } catch (error) {
    text += error.printed ?? ''
    error.printed = text
    throw error
  } finally {
    if (isOfLoop) loop.text += text
  }
  return new StringValue(text)
}

Interpreter.prototype.evaluateCallExpression = function (node, environment) {
  try {
    return evaluateCallExpression.call(this, node, environment)
  } catch (error) {
    if (!error.message.startsWith('Cannot call something')) throw error
    const {callee} = node
    throw new Error('Cannot call ' + (callee.property ?? callee).value)
  }
}
`

/** Parses a template as transformers' environment does: with trim_blocks, lstrip_blocks and {% generation %}. */
const PARSE = String.raw`
const GENERATION = '_generation_support'
const parseTemplate = text => {
  const called = text
    .replace(/\n$/, '')
    .replace(/(?<=^|\n)[ \t]+(?=\{[%#])/g, '')
    .replace(/(?<=[%#]\})\n/g, '')
    .replace(/(\{%-?\s*)generation(?=\s*-?%\})/g, '$1call ' + GENERATION + '()')
    .replace(/(\{%-?\s*)endgeneration(?=\s*-?%\})/g, '$1endcall')
  const tokens = tokenize(called + '\n') // which removes the last line break
  refuseChains(tokens)
  return parse(tokens)
}

/** a == b == c means (a == b) and (b == c) in Jinja, and ((a == b) == c) in the library. */
const refuseChains = tokens => {
  const seen = [0] // comparisons since the last word or sign that ends an operand of and, or and not, by depth of brackets
  for (const [i, {type, value}] of tokens.entries()) {
    const isWord = type === 'Identifier'
    if (/^Open/.test(type)) seen.push(type === 'OpenStatement' && tokens[i + 1]?.value === 'for' ? -1 : 0)
    else if (/^Close/.test(type)) seen.pop()
    else if (type === 'ComparisonBinaryOperator' || (isWord && value === 'in')) seen[seen.length - 1]++
    else if (/^(Comma|Colon|Equals)$/.test(type) || (isWord && /^(and|or|if|else)$/.test(value))) seen[seen.length - 1] = 0
    if (seen.at(-1) > 1) throw new Error("a chain of comparisons, as in a == b == c, which svft's Jinja does not have")
  }
}
`

/** Renders in a process. The environment is that of the library's Template, without strftime_now and with a short range. */
export const RENDER = `
const [, library, spaces] = process.argv
const {Environment, Interpreter, parse, tokenize} = require(library)
process.on('message', request => {
  try {
    process.send(respond(request))
  } catch {
    process.abort() // the texts fit in memory, but no copy of them
  }
})
${JINJA}
${FILTERS}
${PARSE}
const range = (start, stop, step = 1) => {
  const [from, to] = typeof stop === 'number' ? [start, stop] : [0, start]
  if (typeof step !== 'number' || step === 0) throw new Error('the step of range() must be a number other than 0')
  const length = Math.max(0, Math.ceil((to - from) / step))
  if (!(length <= 100000)) throw new Error('range() of more than 100,000 numbers')
  return Array.from({length}, (_, i) => from + i * step)
}
const respond = ({text, tokens, characters, chats}) => {
  let index = 0
  let stage = 'parse'
  const raise_exception = message => {
    stage = 'refuse'
    throw new Error(String(message))
  }
  try {
    const parsed = parseTemplate(text)
    stage = 'render'
    const texts = chats.map(({messages, prompt}, i) => {
      index = i
      const environment = new Environment()
      environment.setVariable(GENERATION, new FunctionValue((_, scope) => scope.lookupVariable('caller').value([])))
      const variables = {
        true: true, True: true, false: false, False: false, none: null, None: null,
        range, raise_exception, ...tokens, tools: null, documents: null, messages, add_generation_prompt: prompt,
      }
      for (const [name, value] of Object.entries(variables)) environment.set(name, value)
      const rendered = new Interpreter(environment).run(parsed).value
      if (rendered.length > characters) throw new Error('a text of more than ' + characters + ' characters')
      return rendered
    })
    return {texts}
  } catch (error) {
    return {stage, message: String(error && error.message), index}
  }
}
`
