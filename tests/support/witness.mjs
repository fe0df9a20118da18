// Small listeners on loopback for the suites that run in Node: a site of a test's own, and a witness between client and server.
import { createServer, request as http_request } from 'node:http';

/** A listener on a free port of loopback; `close()` ends it with its connections. */
export async function listen(handle) {
  const listener = createServer(handle);
  await new Promise((done) => listener.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${listener.address().port}`, close: () => (listener.closeAllConnections(), listener.close()) };
}

/**
 * Passes everything on to the server and notes it in `seen`: {method, path, type, encoding, status, sent, bytes}, where `sent` is the
 * request's body as it came and `bytes` the answer's length. Not every client tells what became of its requests.
 */
export function serve_witness(server, seen) {
  return listen((request, answer) => {
    const pieces = [];
    const onward = http_request(server.url + request.url, { method: request.method, headers: request.headers }, (response) => {
      const { 'content-type': type, 'content-encoding': encoding } = request.headers;
      const noted = { method: request.method, path: request.url, type, encoding, status: response.statusCode, sent: Buffer.concat(pieces), bytes: 0 };
      seen.push(noted);
      answer.writeHead(response.statusCode, response.headers);
      response.on('data', (piece) => (noted.bytes += piece.length));
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    request.on('data', (piece) => pieces.push(piece));
    request.pipe(onward);
  });
}
