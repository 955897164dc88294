/**
 * The methods of strings, the filters and the tests of Jinja where the library has others, as changes to the library's classes
 * in its process. What is rare and would take long to do as Jinja does is refused.
 */
export const FILTERS = String.raw`
const {get: builtins} = Object.getOwnPropertyDescriptor(StringValue.prototype, 'builtins')
Object.defineProperty(StringValue.prototype, 'builtins', {
  get() {
    const method = f => new FunctionValue(args => new StringValue(f(this.value, args[0]?.value ?? spaces)))
    const all = builtins
      .call(this)
      .set('strip', method((text, removed) => stripEnd(stripStart(text, removed), removed)))
      .set('lstrip', method(stripStart))
      .set('rstrip', method(stripEnd))
      .set('capitalize', method(capitalize))
      .set('title', method(text => text.replace(/\p{Cased}+/gu, capitalize)))
    for (const name of ['startswith', 'endswith']) {
      const {value: original} = all.get(name)
      all.set(name, new FunctionValue(args => (args.length > 1 ? refuse(name + ' with a position') : original(args))))
    }
    all.delete('length')
    return all
  },
})
const {get: listBuiltins} = Object.getOwnPropertyDescriptor(ArrayValue.prototype, 'builtins')
Object.defineProperty(ArrayValue.prototype, 'builtins', {
  get() {
    const all = listBuiltins.call(this)
    all.delete('length')
    return all
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
const refuse = what => {
  throw new Error("it uses " + what + ", which svft's Jinja does not have")
}

Interpreter.prototype.applyFilter = function (operand, filter, environment) {
  const {value: name} = filter.callee ?? filter
  const [positional, named] = this.evaluateArguments(filter.args ?? [], environment)
  const isText = operand instanceof StringValue
  if (name === 'string') return new StringValue(operand.toString())
  if (name === 'unique') return refuse('the filter unique')
  if (name === 'default' || name === 'd') {
    const [value = named.get('default_value') ?? new StringValue(''), flag = named.get('boolean')] = positional
    const isMissing = operand instanceof UndefinedValue || (flag?.__bool__().value && !operand.__bool__().value)
    return isMissing ? value : operand
  }
  if (name === 'int' || name === 'float') {
    if (operand instanceof UndefinedValue) throw new Error('it reads a number from an undefined value')
    const number = numberOf(operand)
    if (number === undefined) return positional[0] ?? named.get('default') ?? (name === 'int' ? new IntegerValue(0) : new FloatValue(0))
    return name === 'int' ? new IntegerValue(Math.trunc(number)) : new FloatValue(number)
  }
  if (name === 'join' && (operand instanceof ArrayValue || isText)) {
    const [separator, attribute] = positional
    const by = attribute ?? named.get('attribute')
    if (by && !(by instanceof NullValue))
      throw new Error('it joins by an attribute; write map(attribute=…) | join in the template')
    return new StringValue([...operand.value].map(String).join(separator ?? named.get('d') ?? ''))
  }
  if (name === 'tojson') {
    if (positional.length > 0) refuse('tojson with an argument without a name')
    if (named.get('sort_keys')?.value || named.get('indent')?.value === 0) refuse('tojson with sort_keys, or with an indent of 0')
    if (hasFloat(operand)) refuse('tojson of a number with a fraction')
  }
  if (isText && name === 'length') {
    let length = 0
    for (const _ of operand.value) length++
    return new IntegerValue(length)
  }
  if (isText && name === 'trim') return operand.builtins.get('strip').value([positional[0] ?? named.get('chars')])
  if (isText && name === 'title')
    return new StringValue(operand.value.split(/([-\s({[<]+)/u).map(capitalize).join(''))
  if (isText && name === 'indent') {
    const [width = named.get('width'), first = named.get('first'), blank = named.get('blank')] = positional
    return new StringValue(indent(operand.value, width?.value ?? 4, {first: first?.value, blank: blank?.value}))
  }
  if (name === 'list' && operand instanceof ArrayValue) return new ArrayValue([...operand.value])
  if ((name === 'selectattr' || name === 'rejectattr') && OF_UNDEFINED.includes(positional[1]?.value))
    refuse(name + ' with the test ' + positional[1].value)
  return applyFilter.call(this, operand, filter, environment) ?? new UndefinedValue() // the first of no values
}

const numberOf = ({value}) => {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  const text = typeof value === 'string' ? stripEnd(stripStart(value, spaces), spaces) : ''
  if (/^[-+]?(inf|infinity|nan)$/i.test(text)) return refuse('numbers that are not finite')
  return /^[-+]?(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+(_\d+)*)(e[-+]?\d+)?$/i.test(text) ? Number(text.replaceAll('_', '')) : undefined
}
const hasFloat = ({value, constructor}) =>
  constructor === FloatValue || (typeof value === 'object' && value !== null && [...value.values()].some(hasFloat))
const indent = (text, width, {first, blank}) => {
  const before = typeof width === 'string' ? width : ' '.repeat(width)
  const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/) // as Python's splitlines()
  return lines.map((line, i) => ((i === 0 ? first : blank || line !== '') ? before : '') + line).join('\n')
}

/** The tests that hold for an undefined value. */
const OF_UNDEFINED = ['undefined', 'iterable', 'sequence', 'callable']
const {tests} = new Environment()
for (const name of ['iterable', 'sequence', 'callable']) {
  const test = tests.get(name)
  const isMap = value => name === 'iterable' && value instanceof ObjectValue
  const isList = value => name === 'iterable' && value instanceof ArrayValue
  tests.set(name, value => test(value) || value instanceof UndefinedValue || isMap(value) || isList(value))
}
tests.set('lower', value => /\p{Cased}/u.test(value) && !/[\p{Uppercase}\p{Lt}]/u.test(value))
tests.set('upper', value => /\p{Cased}/u.test(value) && !/[\p{Lowercase}\p{Lt}]/u.test(value))
tests.set('number', value => ['number', 'boolean'].includes(typeof value.value))
`
