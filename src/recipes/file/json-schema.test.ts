import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {Ajv} from 'ajv'
import {expect, test} from 'vitest'
import {parse} from 'yaml'
import {
  describeSchemas,
  descriptionAt,
  editorJsonSchema,
  type JsonSchema,
  keysAt,
  pathsNamed,
  recipeJsonSchema,
  schemasAt,
  settableKeys,
} from './json-schema.ts'

test('every key of a recipe says what it is for', () => {
  const silent: string[] = []
  const walk = (shape: JsonSchema, path: string): void => {
    for (const [key, inner] of Object.entries(shape.properties ?? {})) {
      if (!inner.description && inner.const === undefined) silent.push(`${path}.${key}`)
      walk(inner, `${path}.${key}`)
    }
    for (const variant of [...(shape.anyOf ?? []), ...(shape.oneOf ?? [])]) walk(variant, path)
  }
  walk(recipeJsonSchema(), '')
  expect(silent).toEqual([])
})

test('the schema for editors requires nothing, because files inherit', () => {
  const text = JSON.stringify(editorJsonSchema())
  expect(text).not.toContain('"required"')
  expect(text).not.toContain('"oneOf"')
  expect(text).not.toContain('9007199254740991')
  expect(editorJsonSchema()).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
    additionalProperties: false,
  })
})

test('for editors every value may be null, which removes an inherited one, but no item of a list', () => {
  const {properties = {}} = editorJsonSchema() as JsonSchema
  const none = {type: 'null'}
  expect(properties.seed).toEqual({description: expect.any(String), anyOf: [expect.any(Object), none]})
  const [data] = properties.data.anyOf ?? []
  expect(data.properties?.template.anyOf).toContainEqual(none)
  const [test] = data.properties?.test.anyOf ?? []
  expect(test.additionalProperties).toMatchObject({anyOf: [expect.any(Object), none]})
  const [train] = properties.train.anyOf ?? []
  expect(train.properties?.betas.anyOf?.[0]).toEqual(
    expect.objectContaining({type: 'array', items: expect.not.objectContaining({anyOf: expect.anything()})}),
  )
})

test('the schema for editors is JSON Schema that takes every shipped file, names of test columns in any case, and no wrong key', () => {
  const isRecipe = new Ajv().compile(editorJsonSchema())
  const folder = join(import.meta.dirname, '../../../configs')
  const files = readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter(name => name.endsWith('.yaml'))
  expect(files.filter(name => !isRecipe(parse(readFileSync(join(folder, name), 'utf8'))))).toEqual([])
  expect(isRecipe({data: {test: {RTE: 'test.csv'}}})).toBe(true)
  expect(isRecipe({adapter: {method: 'ia3', feedforward: ['down_proj', 3]}})).toBe(false)
  expect(isRecipe({train: {rl: 1}})).toBe(false)
})

test('a value narrows alternatives', () => {
  expect(keysAt(['adapter']).names).toContain('alpha')
  expect(keysAt(['adapter'], {adapter: {method: 'svft'}}).names).not.toContain('alpha')
  expect(keysAt(['data', 'test'])).toEqual({names: [], others: true})
  expect(keysAt(['paper'])).toEqual({names: ['cell', 'params', 'also'], others: true})
  expect(keysAt(['train', 'lr'])).toEqual({names: [], others: false})
})

test('shapes are described in words', () => {
  const words = (...path: string[]) => describeSchemas(schemasAt(path))
  expect(words('train', 'lr')).toBe('a number above 0')
  expect(words('train', 'betas')).toBe('a list of 2 numbers')
  expect(words('train', 'batch')).toBe('a whole number of at least 1')
  expect(words('adapter', 'targets')).toBe('a list of texts')
  expect(words('threads')).toBe('a whole number from 1 to 256')
  expect(words('engine')).toBe('onnx, openvino, js or tensorflow')
})

test('a key is found wherever it is known', () => {
  expect(pathsNamed('lr')).toEqual(['train.lr'])
  expect(pathsNamed('batch')).toEqual(['train.batch', 'evaluate.batch'])
  expect(pathsNamed('toString')).toEqual([])
  expect(descriptionAt(['train', 'lr'])).toBe('peak learning rate')
})

test('a name means the keys that end in it, or the key that it is', () => {
  expect(settableKeys('batch')).toEqual(['train.batch', 'evaluate.batch'])
  expect(settableKeys('train.batch')).toEqual(['train.batch'])
  expect(settableKeys('seed')).toEqual(['seed'])
  expect(settableKeys('atch')).toEqual([])
})
