import {Fault} from '../../base/fault.ts'
import {isObject} from '../../base/json.ts'
import {quote} from '../../base/printable.ts'
import {type DataRecord, type Fields, listColumns} from '../../data/record.ts'
import type {ChatMessage} from '../../tokenizer/chat/template.ts'
import type {TaskInput} from '../task.ts'
import {columnKeys, columnText, columnValue, optionalText} from './columns.ts'

/** The texts of a question to a model that was trained on conversations: Alpaca's, unless the recipe names other columns. */
export function conversationInputs({prompt, target, messages}: Readonly<Record<string, string>>): readonly TaskInput[] {
  if (prompt !== undefined || target !== undefined) return [{name: prompt ?? 'prompt'}]
  return messages === undefined ? [{name: 'instruction'}, {name: 'input', isOptional: true}] : [{name: 'message'}]
}

/** The user's message of an Alpaca record. */
export const alpacaMessage = (instruction: string, input = ''): string =>
  input.trim() === '' ? instruction : `${instruction}\n\n${input}`

/** A record as a conversation, which ends with an answer of the assistant. */
export interface Conversation {
  readonly messages: readonly ChatMessage[]
  /** The indices of the answers that count for the loss; the last message is one. */
  readonly answers: readonly number[]
  readonly where: string
}

/** The accepted forms of records, for messages. */
const FORMS =
  'messages, conversations (ShareGPT), instruction and output (Alpaca), or any columns by data.columns: {prompt: …, target: …}'

/**
 * Reads a record as a conversation: a list of messages with role and content, ShareGPT's list with from and value, Alpaca's
 * instruction, input and output, or the columns that the recipe names as prompt and target, and system. It ends with the last
 * answer that counts for the loss.
 *
 * @throws Fault 'input' where it is none of them, does not end with an answer, or has none that counts
 */
export function conversationOf(found: DataRecord, columns: Readonly<Record<string, string>>): Conversation {
  const {fields, where} = found
  const all = turnsOf(found, columns)
  const turns = all.slice(0, all.findLastIndex(({counts}) => counts) + 1)
  const last = turns.at(-1)
  if (all.at(-1)?.message.role !== 'assistant' || all.length < 2 || turns.length === 1) {
    const roles = all.map(({message}) => message.role).join(', ') || 'none'
    const fault =
      turns.length === 1
        ? 'nothing stands before the only answer that counts'
        : 'a conversation must end with an answer of the assistant'
    throw new Fault('input', `${where}: ${fault}; its roles: ${roles}`)
  }
  if (!last)
    throw new Fault('input', `${where}: all answers are left out (weight: 0 or train: false); remove the record`)
  const system = columns.system ?? (Object.hasOwn(fields, 'system') ? 'system' : undefined)
  if (system !== undefined && turns[0].message.role !== 'system') {
    const content = optionalText(found, system, columnKeys(columns, 'system'))
    if (content.trim() !== '') turns.unshift({message: {role: 'system', content}, counts: false})
  }
  return {
    messages: turns.map(({message}) => message),
    answers: turns.flatMap(({counts}, i) => (counts ? [i] : [])),
    where,
  }
}

/** A message, and whether it counts for the loss. */
interface CountedMessage {
  readonly message: ChatMessage
  readonly counts: boolean
}

function turnsOf(found: DataRecord, columns: Readonly<Record<string, string>>): readonly CountedMessage[] {
  const {fields, where} = found
  const at = (role: string) => columnKeys(columns, role)
  if (columns.prompt !== undefined || columns.target !== undefined) {
    const {prompt = 'prompt', target = 'target'} = columns
    return pair(columnText(found, prompt, at('prompt')), columnText(found, target, at('target')))
  }
  if (columns.messages !== undefined) return listOf(columnValue(found, columns.messages, at('messages')), found)
  if ('messages' in fields) return listOf(fields.messages, found)
  if ('conversations' in fields) return listOf(fields.conversations, found)
  if ('instruction' in fields && 'output' in fields) {
    const input = 'input' in fields ? optionalText(found, 'input', ['data']) : ''
    const instruction = columnText(found, 'instruction', ['data'])
    return pair(alpacaMessage(instruction, input), columnText(found, 'output', ['data']))
  }
  const message = `${where}: not a conversation; found: ${listColumns(found)}; accepted: ${FORMS}`
  throw new Fault('input', message, {at: ['data']})
}

const pair = (prompt: string, target: string): readonly CountedMessage[] => [
  {message: {role: 'user', content: prompt}, counts: false},
  {message: {role: 'assistant', content: target}, counts: true},
]

/** ShareGPT's names of roles. */
const ROLES: Readonly<Record<string, string>> = {
  human: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
}

/**
 * A list of messages, each {role, content} or {from, value}, whose content may be parts of text. A chat template also sees the other texts of a message, such as
 * reasoning_content.
 */
function listOf(value: unknown, {fields, where}: DataRecord): readonly CountedMessage[] {
  if (!Array.isArray(value)) throw new Fault('input', `${where}: messages must be a list, not ${quote(value)}`)
  const offered = ['tools', 'functions'].find(key => !isEmpty(fields[key]))
  if (offered) throw new Fault('input', `${where}: "${offered}" is not empty; ${NO_TOOLS}`)
  return value.map((one, i): CountedMessage => {
    const {role: own, from, content: text, value, ...others} = isObject(one) ? one : {}
    const [named, content] = [own ?? from, joinParts(text ?? value, `${where}: message ${i + 1}`)]
    const role = typeof named === 'string' && Object.hasOwn(ROLES, named) ? ROLES[named] : named
    const call = ['tool_calls', 'function_call'].find(key => !isEmpty(others[key]))
    if (call) throw new Fault('input', `${where}: message ${i + 1} has "${call}"; ${NO_TOOLS}`)
    if (TOOL_ROLES.includes(String(role)))
      throw new Fault('input', `${where}: message ${i + 1} is of the role ${role}; ${NO_TOOLS}`)
    if (typeof role === 'string' && typeof content === 'string') {
      const texts = Object.entries(others).filter(([, other]) => typeof other === 'string')
      const message = {...Object.fromEntries(texts), role, content}
      return {message, counts: role === 'assistant' && countsForLoss(others, `${where}: message ${i + 1}`)}
    }
    throw new Fault(
      'input',
      `${where}: message ${i + 1} must be {role, content} or {from, value}, both texts, not ${quote(one)}`,
    )
  })
}

/** The texts of a list of parts `{type: 'text', text}` as one, which is what templates make of them; other content as it is. */
function joinParts(content: unknown, at: string): unknown {
  if (!Array.isArray(content)) return content
  const parts: unknown[] = content
  const other = parts.find(
    (part): part is Fields => isObject(part) && typeof part.type === 'string' && part.type !== 'text',
  )
  if (other)
    throw new Fault('input', `${at} has a part of type ${quote(other.type)}; svft trains on texts; remove the record`)
  const texts = parts.map(part => (isObject(part) ? part.text : undefined))
  return texts.every(text => typeof text === 'string') ? texts.join('') : content
}

/** Whether an answer counts for the loss: not with OpenAI's `weight` of 0, nor with Axolotl's `train` or `training` of false. */
function countsForLoss({weight: given, train, training}: Fields, at: string): boolean {
  const weight = typeof given === 'bigint' ? Number(given) : (given ?? 1)
  if (weight !== 0 && weight !== 1) throw new Fault('input', `${at} must have a weight of 0 or 1, not ${quote(given)}`)
  for (const [name, mark] of Object.entries({train, training}))
    if (typeof (mark ?? true) !== 'boolean')
      throw new Fault('input', `${at}: "${name}" must be true or false, not ${quote(mark)}`)
  return weight === 1 && train !== false && training !== false
}

/** The roles of OpenAI's and ShareGPT's forms that call a tool or give its result. */
const TOOL_ROLES = ['tool', 'function', 'function_call', 'observation']

const NO_TOOLS = 'svft trains on conversations without calls of tools; remove the record'

/** Whether a column or key says nothing, as in files in which all records have the same ones. */
const isEmpty = (value: unknown): boolean =>
  typeof value === 'string' ? ['', '[]', '{}', 'null'].includes(value.trim()) : Object.keys(value ?? {}).length === 0
