/** Recipes for Node.js: @tracewayapp/backend, with @tracewayapp/frontend where a framework has both sides. */
import type { Code, Recipe } from '../recipe';
import { packages } from './browser';

const kPackage = '@tracewayapp/backend';
const ts = (label: string, text: string): Code => ({ label, language: 'ts', text });

const task: Code[] = [
  ts(
    'Node.js',
    `import { endSpan, measureTask, startSpan } from "${kPackage}";

measureTask("send invoices", async () => {
  const span = startSpan("load customers");
  const customers = await load();
  endSpan(span);
  await send(customers); // an error in here is reported with the run
});`,
  ),
];

/** The name of a request is its route, not its path: /users/:id is one endpoint. */
const kTraced = `import { AsyncResource } from "node:async_hooks";
import { captureCurrentTrace, getTraceContext, setTraceResponseInfo, withTraceContext } from "${kPackage}";

export function traced(req, res, next) {
  withTraceContext({ clientIP: req.ip }, () => {
    const context = getTraceContext();
    res.on("finish", AsyncResource.bind(() => {
      const route = req.route ? (req.baseUrl ?? "") + req.route.path : "UNMATCHED";
      context.endpoint = \`\${req.method} \${route}\`;
      setTraceResponseInfo(res.statusCode, Number(res.getHeader("content-length") ?? 0));
      captureCurrentTrace();
    }));
    next();
  });
}`;

const note = 'Reports every request with its duration and status, errors with their stack, and memory and processor use.';
const visit: Code = { label: 'Shell', language: 'shell', text: 'curl http://localhost:3000/traceway-check' };

export const kNode: Record<string, Recipe> = {
  express: {
    install: packages(kPackage),
    start: [
      ts(
        'app.js',
        `import express from "express";
import { captureException, init } from "${kPackage}";
import { traced } from "./traced.js";

init("<<connection>>");

const app = express();
app.use(traced);

app.get("/hello", (req, res) => res.send("hello"));

// After the routes.
app.use((error, req, res, next) => {
  captureException(error);
  next(error);
});
app.listen(3000);`,
      ),
      ts('traced.js', kTraced),
    ],
    check: [ts('app.js', 'app.get("/traceway-check", () => {\n  throw new Error("Traceway check");\n});'), visit],
    task,
    note,
  },
  nestjs: {
    install: packages(kPackage),
    start: [
      ts(
        'src/main.ts',
        `import { HttpAdapterHost, NestFactory } from "@nestjs/core";
import { init } from "${kPackage}";
import { AppModule } from "./app.module";
import { traced } from "./traced";
import { TracewayFilter } from "./traceway.filter";

async function bootstrap() {
  init("<<connection>>");
  const app = await NestFactory.create(AppModule);
  app.use(traced);
  app.useGlobalFilters(new TracewayFilter(app.get(HttpAdapterHost).httpAdapter));
  await app.listen(3000);
}
bootstrap();`,
      ),
      ts('src/traced.ts', kTraced.replace('traced(req, res, next)', 'traced(req: any, res: any, next: () => void)').replace('getTraceContext();', 'getTraceContext()!;')),
      ts(
        'src/traceway.filter.ts',
        `import { ArgumentsHost, Catch, HttpException } from "@nestjs/common";
import { BaseExceptionFilter } from "@nestjs/core";
import { captureException } from "${kPackage}";

@Catch()
export class TracewayFilter extends BaseExceptionFilter {
  catch(error: unknown, host: ArgumentsHost) {
    const refused = error instanceof HttpException && error.getStatus() < 500;
    if (!refused) captureException(error as Error);
    super.catch(error, host);
  }
}`,
      ),
    ],
    check: [ts('In a controller', '@Get("traceway-check")\ncheck() {\n  throw new Error("Traceway check");\n}'), visit],
    task,
    note,
  },
  nextjs: {
    install: packages(`${kPackage} @tracewayapp/frontend`),
    start: [
      ts(
        'instrumentation.ts',
        `export async function register() {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { init } = await import("${kPackage}");
  init("<<connection>>");
}

export async function onRequestError(error: unknown) {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { captureException } = await import("${kPackage}");
  captureException(error as Error);
}`,
      ),
      ts('instrumentation-client.ts', `import { init } from "@tracewayapp/frontend";

init("<<connection>>");`),
      ts(
        'lib/traced.ts',
        `import { captureCurrentTrace, setTraceResponseInfo, withTraceContext } from "${kPackage}";

type Handler = (request: Request) => Promise<Response>;

export function traced(endpoint: string, handler: Handler): Handler {
  return (request) =>
    withTraceContext({ endpoint }, async () => {
      let status = 500;
      try {
        const response = await handler(request);
        status = response.status;
        return response;
      } finally {
        setTraceResponseInfo(status);
        captureCurrentTrace();
      }
    });
}

// app/api/hello/route.ts
export const GET = traced("GET /api/hello", async () => Response.json({ hello: "world" }));`,
      ),
    ],
    check: [
      ts('app/api/traceway-check/route.ts', 'export async function GET() {\n  throw new Error("Traceway check");\n}'),
      { label: 'Shell', language: 'shell', text: 'curl http://localhost:3000/api/traceway-check' },
    ],
    task,
    note: 'Reports errors of both sides, and the requests of the route handlers you wrap.',
  },
  remix: {
    install: packages(`${kPackage} @tracewayapp/frontend`),
    start: [
      ts(
        'app/entry.server.tsx',
        `import { captureException, init } from "${kPackage}";

init("<<connection>>");

// Beside the default export that renders the page.
export function handleError(error: unknown, { request }: { request: Request }) {
  if (!request.signal.aborted) captureException(error as Error);
}`,
      ),
      ts('app/entry.client.tsx', `import { init } from "@tracewayapp/frontend";

init("<<connection>>");`),
    ],
    check: [ts('app/routes/traceway-check.tsx', 'export async function loader() {\n  throw new Error("Traceway check");\n}'), visit],
    task,
    note: 'Reports errors of both sides. For every request with its spans, use the OpenTelemetry recipe as well.',
  },
  nodejs: {
    install: packages(kPackage),
    start: [
      ts(
        'First lines of the program',
        `import { init, shutdown } from "${kPackage}";

init("<<connection>>");

process.on("SIGTERM", async () => {
  await shutdown(); // sends what is still waiting
  process.exit(0);
});`,
      ),
    ],
    check: [ts('Node.js', `import { captureException } from "${kPackage}";

captureException(new Error("Traceway check"));`)],
    task,
    note: 'For workers, scripts, and servers without a recipe of their own.',
  },
};
