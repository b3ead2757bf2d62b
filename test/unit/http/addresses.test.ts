import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { localUrl, ownAddresses, publicUrls } from '../../../src/http/addresses.js'

const others = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map(({ address }) => address)

const LOCAL = ['localhost:5000', 'localhost.:5000']

test.each([
  ['127.0.0.1', 'http://127.0.0.1:5000', ['127.0.0.1:5000', '0.0.0.0:5000', '[::ffff:7f00:1]:5000', ...LOCAL]],
  ['::1', 'http://[::1]:5000', ['[::1]:5000', '[::]:5000', ...LOCAL]],
  ['localhost', 'http://localhost:5000', ['localhost:5000']],
  ['127.0.0.2', 'http://127.0.0.2:5000', ['127.0.0.2:5000']],
])('a server on %s is reached there, and from no other machine', (host, url, addresses) => {
  expect(localUrl(host, 5000)).toBe(url)
  expect(publicUrls(host, 5000)).toEqual([])
  expect(ownAddresses(host, 5000)).toEqual(addresses)
})

test('a server on all addresses is reached at each of them', () => {
  expect(localUrl('0.0.0.0', 5000)).toBe('http://127.0.0.1:5000')
  expect(localUrl('::', 5000)).toBe('http://127.0.0.1:5000')
  expect(publicUrls('0.0.0.0', 5000)).toEqual(others.map((address) => `http://${address}:5000`))
  const here = ['127.0.0.1:5000', '0.0.0.0:5000', '[::ffff:7f00:1]:5000', ...LOCAL]
  const own = [...here, ...others.map((address) => `${address}:5000`)]
  expect(ownAddresses('0.0.0.0', 5000)).toEqual(own)
  expect(ownAddresses('0.0.0.0', 80)).toEqual(own.map((address) => address.replace('5000', '80')))
  expect(ownAddresses('::', 5000)).toEqual(expect.arrayContaining([...own, '[::1]:5000', '[::]:5000']))
})

test('a server on one address of a network is reached there alone, also from this machine', () => {
  expect(localUrl('192.0.2.7', 80)).toBe('http://192.0.2.7:80')
  expect(publicUrls('192.0.2.7', 5000)).toEqual(['http://192.0.2.7:5000'])
  expect(ownAddresses('192.0.2.7', 80)).toEqual(['192.0.2.7:80'])
})
