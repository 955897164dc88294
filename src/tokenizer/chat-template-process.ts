/**
 * What Jinja does where the library does something else, as changes to the library's classes in its process. They rely on its
 * internals: package.json pins its version, and test/fixtures/chat-templates compares them with Jinja.
 */
const JINJA = String.raw`
const [StringValue, IntegerValue, FloatValue, BooleanValue, NullValue, UndefinedValue, FunctionValue, ArrayValue, ObjectValue] =
  ['', 0, 0.5, true, null, undefined, () => 0, [], {}].map(value => new Environment().set('value', value).constructor)
const {applyFilter, evaluateBinaryExpression, evaluateCallExpression, evaluateFor} = Interpreter.prototype

const {get: builtins} = Object.getOwnPropertyDescriptor(StringValue.prototype, 'builtins')
Object.defineProperty(StringValue.prototype, 'builtins', {
  get() {
    const method = f => new FunctionValue(args => new StringValue(f(this.value, args[0]?.value ?? spaces)))
    return builtins
      .call(this)
      .set('strip', method((text, removed) => stripEnd(stripStart(text, removed), removed)))
      .set('lstrip', method(stripStart))
      .set('rstrip', method(stripEnd))
      .set('capitalize', method(capitalize))
  },
})
const stripStart = (text, removed) => {
  const set = new Set(removed)
  let start = 0
  for (const letter of text) {
    if (!set.has(letter)) break
    start += letter.length
  }
  return text.slice(start)
}
const stripEnd = (text, removed) => {
  const set = new Set(removed)
  for (let end = text.length; end > 0; ) {
    const two = text.slice(Math.max(0, end - 2), end)
    const letter = two.codePointAt(0) > 0xffff ? two : two.slice(-1)
    if (!set.has(letter)) return text.slice(0, end)
    end -= letter.length
  }
  return ''
}
const capitalize = text => {
  const [first = ''] = text
  return first.toUpperCase() + text.slice(first.length).toLowerCase()
}

Interpreter.prototype.applyFilter = function (operand, filter, environment) {
  const {value: name} = filter.callee ?? filter
  if (name === 'string') return new StringValue(operand.toString())
  if (name === 'join' && (operand instanceof ArrayValue || operand instanceof StringValue)) {
    const [[separator, attribute], named] = this.evaluateArguments(filter.args ?? [], environment)
    const by = attribute ?? named.get('attribute')
    if (by && !(by instanceof NullValue))
      throw new Error('it joins by an attribute; write map(attribute=…) | join in the template')
    return new StringValue([...operand.value].map(String).join(separator ?? named.get('d') ?? ''))
  }
  if (operand instanceof StringValue && name === 'length') {
    let length = 0
    for (const _ of operand.value) length++
    return new IntegerValue(length)
  }
  if (operand instanceof StringValue && name === 'trim') {
    const [[removed], named] = this.evaluateArguments(filter.args ?? [], environment)
    return operand.builtins.get('strip').value([removed ?? named.get('chars')])
  }
  return applyFilter.call(this, operand, filter, environment)
}

Interpreter.prototype.evaluateBinaryExpression = function (node, environment) {
  const operator = node.operator.value
  if (!['==', '!=', '~', '%'].includes(operator)) return evaluateBinaryExpression.call(this, node, environment)
  const [a, b] = [node.left, node.right].map(side => this.evaluate(side, environment))
  if (operator === '~') return new StringValue(a.toString() + b.toString())
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

/** Renders in a process. The environment is that of the library's Template, without strftime_now and with a short range. */
export const RENDER = `
const [, library, spaces] = process.argv
const {Environment, Interpreter, Template} = require(library)
process.on('message', request => {
  try {
    process.send(respond(request))
  } catch {
    process.abort() // the texts fit in memory, but no copy of them
  }
})
${JINJA}
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
    const {parsed} = new Template(text)
    stage = 'render'
    const texts = chats.map(({messages, prompt}, i) => {
      index = i
      const environment = new Environment()
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
