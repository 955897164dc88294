import {expect, test} from 'vitest'
import {openTrial} from '../../test/servers/hub-cache.ts'

test('if the hub cannot be reached, the message names the alternatives', async () => {
  const {fetch} = await openTrial()
  await expect(fetch({settings: {endpoint: 'http://127.0.0.1:9'}})).rejects.toThrow(
    /connection refused .* HF_HUB_OFFLINE=1 .* HF_ENDPOINT .* in the recipe$/,
  )
})

test('if the hub cannot be reached and a proxy is not used, the message says how to use it', async () => {
  const {fetch} = await openTrial()
  await expect(fetch({settings: {endpoint: 'http://127.0.0.1:9', unusedProxy: 'https_proxy'}})).rejects.toThrow(
    /connection refused .*; Node uses https_proxy only with NODE_USE_ENV_PROXY=1, from version 24\.5 on; without a network, /,
  )
})
