/** Recipes for the Go client, go.tracewayapp.com. Reports leave it every five seconds. */
import type { Code, Recipe } from '../recipe';

const go = (text: string, label = 'Go'): Code => ({ label, language: 'go', text });
const shell = (text: string): Code => ({ label: 'Shell', language: 'shell', text });

const task: Code[] = [
  go(`import (
	"context"

	traceway "go.tracewayapp.com"
)

traceway.MeasureTask("send invoices", func(ctx context.Context) {
	span := traceway.StartSpan(ctx, "load customers")
	customers := load(ctx)
	span.End()
	send(ctx, customers) // a panic in here is reported with the run
})`),
];

const visit = shell('curl http://localhost:8080/traceway-check');

function middleware(module: string, start: string, check: string): Recipe {
  return {
    install: [shell(`go get go.tracewayapp.com go.tracewayapp.com/${module}`)],
    start: [go(start)],
    check: [go(check), visit],
    task,
    note: 'Reports every request with its duration and status, panics with their stack, and the figures of the Go runtime.',
  };
}

export const kGo: Record<string, Recipe> = {
  gin: middleware(
    'tracewaygin',
    `package main

import (
	"github.com/gin-gonic/gin"
	"go.tracewayapp.com/tracewaygin"
)

func main() {
	router := gin.Default()
	router.Use(tracewaygin.New("<<connection>>"))

	router.GET("/hello", func(c *gin.Context) {
		c.String(200, "hello")
	})
	router.Run(":8080")
}`,
    `router.GET("/traceway-check", func(c *gin.Context) {
	panic("Traceway check")
})`,
  ),
  fiber: middleware(
    'tracewayfiber',
    `package main

import (
	"github.com/gofiber/fiber/v3"
	"go.tracewayapp.com/tracewayfiber"
)

func main() {
	app := fiber.New()
	app.Use(tracewayfiber.New("<<connection>>"))

	app.Get("/hello", func(c fiber.Ctx) error {
		return c.SendString("hello")
	})
	app.Listen(":8080")
}`,
    `app.Get("/traceway-check", func(c fiber.Ctx) error {
	return errors.New("Traceway check")
})`,
  ),
  chi: middleware(
    'tracewaychi',
    `package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"go.tracewayapp.com/tracewaychi"
)

func main() {
	router := chi.NewRouter()
	router.Use(middleware.Recoverer)
	router.Use(tracewaychi.New("<<connection>>"))

	router.Get("/hello", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("hello"))
	})
	http.ListenAndServe(":8080", router)
}`,
    `router.Get("/traceway-check", func(w http.ResponseWriter, r *http.Request) {
	panic("Traceway check")
})`,
  ),
  fasthttp: middleware(
    'tracewayfasthttp',
    `package main

import (
	"github.com/valyala/fasthttp"
	"go.tracewayapp.com/tracewayfasthttp"
)

func main() {
	// fasthttp does not recover: without WithRepanic(false) a panic ends the program.
	traced := tracewayfasthttp.New(
		"<<connection>>",
		tracewayfasthttp.WithRepanic(false),
	)
	fasthttp.ListenAndServe(":8080", traced(handle))
}

func handle(ctx *fasthttp.RequestCtx) {
	ctx.SetBodyString("hello")
}`,
    `func handle(ctx *fasthttp.RequestCtx) {
	if string(ctx.Path()) == "/traceway-check" {
		panic("Traceway check")
	}
	ctx.SetBodyString("hello")
}`,
  ),
  stdlib: middleware(
    'tracewayhttp',
    `package main

import (
	"net/http"

	"go.tracewayapp.com/tracewayhttp"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("hello"))
	})

	traced := tracewayhttp.New("<<connection>>")
	http.ListenAndServe(":8080", traced(mux))
}`,
    `mux.HandleFunc("GET /traceway-check", func(w http.ResponseWriter, r *http.Request) {
	panic("Traceway check")
})`,
  ),
  custom: {
    install: [shell('go get go.tracewayapp.com')],
    start: [
      go(`package main

import (
	"log"

	traceway "go.tracewayapp.com"
)

func main() {
	if err := traceway.Init("<<connection>>"); err != nil {
		log.Fatal(err)
	}
	defer traceway.Recover()
	run()
}`),
    ],
    check: [
      go(`traceway.CaptureException(errors.New("Traceway check"))
time.Sleep(6 * time.Second) // reports leave every five seconds`),
    ],
    task,
    note: 'For workers, command line programs, and servers without a middleware of their own.',
  },
};
