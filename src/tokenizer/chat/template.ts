import {createRequire} from 'node:module'
import {join} from 'node:path'
import {sum} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import {limitedProcess, MODULES_MEMORY} from '../../base/limited-process.ts'
import {readText, SMALL_FILE} from '../../base/read-file.ts'
import {readFields} from '../../data/fields.ts'
import type {Fields} from '../../data/record.ts'
import {nameOf, readNames} from '../special-tokens.ts'
import {SPACES} from '../white-space.ts'
import {type TemplateFailure, templateFault} from './fault.ts'
import {RENDER} from './render-process.ts'

export interface ChatMessage {
  readonly role: string
  readonly content: string
  /** Other texts that a template may read, such as reasoning_content. */
  readonly [key: string]: string
}

/** A conversation to render. */
export interface Chat {
  readonly messages: readonly ChatMessage[]
  /** Whether the text ends with the beginning of an answer. */
  readonly prompt: boolean
  /** Its source in messages of errors: `file:line`. */
  readonly where: string
}

export interface ChatTemplate {
  /** The file that holds the template. */
  readonly file: string
  readonly text: string
  /** The variables of special tokens: bos_token, eos_token and so on. */
  readonly tokens: Readonly<Record<string, string>>
}

/**
 * Reads the chat template of a model's folder: chat_template.jinja or `chat_template` of tokenizer_config.json, in this order, as
 * transformers' tokenizers do, else chat_template.json, which only its processors read; of several the one named `default`.
 * Undefined without one.
 */
export async function readChatTemplate(folder: string): Promise<ChatTemplate | undefined> {
  const [jinja, config, processor] = ['chat_template.jinja', 'tokenizer_config.json', 'chat_template.json'].map(name =>
    join(folder, name),
  )
  const sources: readonly (readonly [file: string, value: unknown])[] = [
    [jinja, await readText(jinja, {most: SMALL_FILE})],
    [config, (await readFields(config)).chat_template],
    [processor, (await readFields(processor)).chat_template],
  ]
  for (const [file, value] of sources) {
    const text = defaultOf(value)?.replace(/\r\n?/g, '\n') // as Jinja reads lines
    if (text !== undefined) return {file, text, tokens: tokensOf(await readNames(folder))}
  }
  return undefined
}

function tokensOf(fields: Fields): Record<string, string> {
  const found: Record<string, string> = {}
  for (const key of Object.keys(fields)) {
    const [, role] = /^([a-z_]+)_token$/.exec(key) ?? []
    const name = role && nameOf(fields, role)
    if (name !== undefined) found[key] = name
  }
  return found
}

/** The template in a value of JSON: a text, or the default of a list of {name, template}. */
function defaultOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return undefined
  const named = value.find(one => (one as Fields | null)?.name === 'default') as Fields | undefined
  return typeof named?.template === 'string' ? named.template : undefined
}

/** The limits of rendering all conversations of a file. */
export interface RenderLimits {
  readonly seconds?: number
  readonly megabytes?: number
  /** The most characters of one rendered conversation. */
  readonly characters?: number
}

/**
 * Renders conversations as transformers' apply_chat_template does. A template is a program that comes with a model, so it
 * runs in a process with limits of time and memory, in an interpreter whose values have no JavaScript properties. It sees the
 * messages, the special tokens and `range`, but not the date: a run must not depend on the day that it is started.
 *
 * @throws Fault 'input' where the template fails, refuses a conversation or exceeds a limit
 */
export async function renderChats(
  {file, text, tokens}: ChatTemplate,
  chats: readonly Chat[],
  {seconds = 60 + chats.length / 100, megabytes = 512, characters = 2 ** 24}: RenderLimits = {},
): Promise<readonly string[]> {
  const end = performance.now() + 1000 * seconds
  const memory = MODULES_MEMORY + 1e6 * megabytes
  const exceeds = (limit: 'memory' | 'seconds') => {
    const most = limit === 'memory' ? `${megabytes} MB` : `${Math.round(seconds)} s`
    return new Fault('input', `${file}: the chat template takes more than ${most} to render`)
  }
  const texts: string[] = []
  let length = 0
  while (texts.length < chats.length) {
    const batch = chats.slice(texts.length, texts.length + BATCH)
    const request = {
      text,
      tokens,
      characters,
      chats: batch.map(({messages, prompt}) => ({messages: messages.map(withReasoning), prompt})),
    }
    const left = (end - performance.now()) / 1000
    const response = await requestRender<RenderResponse>(request, {memory, seconds: left, exceeds})
    if (!('texts' in response)) throw templateFault(response, {file, where: batch[response.index].where})
    texts.push(...response.texts)
    length += sum(response.texts.map(text => text.length))
    if (length > 1e6 * megabytes) throw exceeds('memory')
  }
  return texts
}

/** A message whose reasoning has each name that templates read, whichever it has in the data. */
function withReasoning(message: ChatMessage): ChatMessage {
  const name = ['reasoning_content', 'thinking', 'reasoning'].find(name => message[name] !== undefined)
  if (name === undefined) return message
  return {thinking: message[name], ...message, reasoning_content: message[name]}
}

const library = createRequire(import.meta.url).resolve('@huggingface/jinja')
const requestRender = limitedProcess(['--eval', RENDER, library, SPACES])

/** The conversations of one request, whose memory counts against the limit. */
const BATCH = 100

type RenderResponse = {readonly texts: readonly string[]} | (TemplateFailure & {readonly index: number})
