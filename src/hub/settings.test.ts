import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {homedir, tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {hubCacheFolder, offlineVariable, readHubSettings} from './settings.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'svft-'))
})
afterEach(() => rmSync(home, {recursive: true}))

test("the cache is Python's", () => {
  expect(hubCacheFolder({})).toBe(join(homedir(), '.cache/huggingface/hub'))
  expect(hubCacheFolder({XDG_CACHE_HOME: '/x'})).toBe('/x/huggingface/hub')
  expect(hubCacheFolder({XDG_CACHE_HOME: '/x', HF_HOME: '/h'})).toBe('/h/hub')
  expect(hubCacheFolder({HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old'})).toBe('/old')
  expect(hubCacheFolder({HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '~/c'})).toBe(join(homedir(), 'c'))
})

test('a relative path is that of the current folder', () => {
  expect(hubCacheFolder({HF_HOME: 'h'})).toBe(join(process.cwd(), 'h/hub'))
  expect(hubCacheFolder({HF_HUB_CACHE: 'c'})).toBe(join(process.cwd(), 'c'))
})

test('variables of the environment are expanded in paths, but for those that are not set', async () => {
  const env = {SCRATCH: '/scratch/me', N: '7', HF_HOME: '$SCRATCH/hf'}
  expect(hubCacheFolder(env)).toBe('/scratch/me/hf/hub')
  expect(hubCacheFolder({...env, HF_HUB_CACHE: `/a\${N}b/$N/$NO/\${NO}/$`})).toBe(`/a7b/7/$NO/\${NO}/$`)
  writeFileSync(join(home, 'token'), 'hf_file')
  expect((await readHubSettings({...env, SCRATCH: home, HF_TOKEN_PATH: `\${SCRATCH}/token`})).token).toBe('hf_file')
})

test('HF_HUB_OFFLINE forbids the network, unless its value means no', () => {
  for (const said of ['1', 'true', 'ON', 'yes']) expect(offlineVariable({HF_HUB_OFFLINE: said})).toBe('HF_HUB_OFFLINE')
  for (const said of ['', '0', 'False', 'off', undefined])
    expect(offlineVariable({HF_HUB_OFFLINE: said})).toBeUndefined()
  expect(offlineVariable({TRANSFORMERS_OFFLINE: '1'})).toBe('TRANSFORMERS_OFFLINE')
  expect(offlineVariable({HF_HUB_OFFLINE: '0', TRANSFORMERS_OFFLINE: '1'})).toBeUndefined()
})

test('the token is read from the environment or else from its file', async () => {
  mkdirSync(join(home, 'own'))
  writeFileSync(join(home, 'token'), 'hf_file\n')
  writeFileSync(join(home, 'own/token'), ' hf_own ')
  const tokenOf = async (env: Record<string, string>) => (await readHubSettings({HF_HOME: home, ...env})).token
  expect(await tokenOf({})).toBe('hf_file')
  expect(await tokenOf({HF_TOKEN_PATH: join(home, 'own/token')})).toBe('hf_own')
  expect(await tokenOf({HF_TOKEN: 'hf_env'})).toBe('hf_env')
  expect(await tokenOf({HF_HOME: join(home, 'nowhere')})).toBeUndefined()
  expect(await tokenOf({HF_TOKEN_PATH: join(home, 'token/below')})).toBeUndefined()
})

test('no token is read if HF_HUB_DISABLE_IMPLICIT_TOKEN forbids it', async () => {
  writeFileSync(join(home, 'token'), 'hf_file')
  const tokenWith = async (said: string) =>
    (await readHubSettings({HF_HOME: home, HF_TOKEN: 'hf_env', HF_HUB_DISABLE_IMPLICIT_TOKEN: said})).token
  for (const said of ['1', 'True', 'yes', 'ON']) expect(await tokenWith(said)).toBeUndefined()
  for (const said of ['', '0', 'no']) expect(await tokenWith(said)).toBe('hf_env')
})

test('a proxy that Node does not use is named', async () => {
  const named = async (env: Record<string, string>) => (await readHubSettings({HF_HOME: home, ...env})).unusedProxy
  expect(await named({})).toBeUndefined()
  expect(await named({HTTPS_PROXY: 'http://p'})).toBe('HTTPS_PROXY')
  expect(await named({https_proxy: 'http://p', ALL_PROXY: 'http://p'})).toBe('https_proxy')
  expect(await named({https_proxy: 'http://p', NODE_USE_ENV_PROXY: '1'})).toBeUndefined()
})

test('an invalid token is refused without being printed', async () => {
  const error = await readHubSettings({HF_TOKEN: 'hf_a\r\nx-evil: 1'}).catch(error => error)
  expect(error.message).toMatch(/^the token in HF_TOKEN or its file must be one word/)
  expect(error.message).not.toContain('evil')
  await expect(readHubSettings({HF_TOKEN_PATH: home})).rejects.toThrow(`${home}: the token cannot be read: EISDIR`)
})

test('an endpoint is an address without user name or password', async () => {
  const endpointOf = async (HF_ENDPOINT: string) => (await readHubSettings({HF_HOME: home, HF_ENDPOINT})).endpoint
  expect(await endpointOf('')).toBe('https://huggingface.co')
  expect(await endpointOf('https://mirror.example/hub//')).toBe('https://mirror.example/hub')
  for (const wrong of ['mirror.example', 'file:///x', 'https://me:secret@mirror.example', 'https://x/?a=b']) {
    await expect(endpointOf(wrong)).rejects.toThrow(/^HF_ENDPOINT must be the address of a hub/)
  }
})
