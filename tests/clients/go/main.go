// openai-go does what applications do with it: chat, stream, tools, structured output, embeddings, responses. It prints a line of JSON for each.
// Environment: AOAI_HTTPS_URL, for its Azure options refuse HTTP; AOAI_KEY; SSL_CERT_FILE for the authority of that address.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
)

var (
	ctx      = context.Background()
	sentence = regexp.MustCompile(`[.!?]$`)
	person   = map[string]any{
		"type":                 "object",
		"properties":           map[string]any{"name": map[string]any{"type": "string"}, "age": map[string]any{"type": "integer"}},
		"required":             []string{"name", "age"},
		"additionalProperties": false,
	}
	weather = openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
		Name:       "get_weather",
		Parameters: map[string]any{"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}},
	})
)

func isSentence(text string) error {
	if !sentence.MatchString(text) {
		return fmt.Errorf("no sentence: %q", text)
	}
	return nil
}

func asked(messages ...openai.ChatCompletionMessageParamUnion) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{Model: "chat", Messages: messages}
}

func chat(client openai.Client) error {
	made, err := client.Chat.Completions.New(ctx, asked(openai.UserMessage("Say hello.")))
	if err != nil {
		return err
	}
	return isSentence(made.Choices[0].Message.Content)
}

func stream(client openai.Client) error {
	var text strings.Builder
	pieces := client.Chat.Completions.NewStreaming(ctx, asked(openai.UserMessage("Say hello.")))
	for pieces.Next() {
		for _, choice := range pieces.Current().Choices {
			text.WriteString(choice.Delta.Content)
		}
	}
	if err := pieces.Err(); err != nil {
		return err
	}
	return isSentence(text.String())
}

func tools(client openai.Client) error {
	body := asked(openai.UserMessage("Please call get_weather for Stockholm."))
	body.Tools = []openai.ChatCompletionToolUnionParam{weather}
	made, err := client.Chat.Completions.New(ctx, body)
	if err != nil {
		return err
	}
	message := made.Choices[0].Message
	if len(message.ToolCalls) != 1 || message.ToolCalls[0].Function.Name != "get_weather" {
		return fmt.Errorf("no call: %s", message.RawJSON())
	}
	body.Messages = append(body.Messages, message.ToParam(), openai.ToolMessage("sunny", message.ToolCalls[0].ID))
	if made, err = client.Chat.Completions.New(ctx, body); err != nil {
		return err
	}
	return isSentence(made.Choices[0].Message.Content)
}

func structured(client openai.Client) error {
	body := asked(openai.UserMessage("Ada"))
	body.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
		JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "person", Schema: person, Strict: openai.Bool(true)},
	}
	made, err := client.Chat.Completions.New(ctx, body)
	if err != nil {
		return err
	}
	var value struct {
		Name *string `json:"name"`
		Age  *int    `json:"age"`
	}
	if err := json.Unmarshal([]byte(made.Choices[0].Message.Content), &value); err != nil || value.Name == nil || value.Age == nil {
		return fmt.Errorf("no person: %s", made.Choices[0].Message.Content)
	}
	return nil
}

func embeddings(client openai.Client) error {
	made, err := client.Embeddings.New(ctx, openai.EmbeddingNewParams{
		Model: "embeddings",
		Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("Hello")},
	})
	if err != nil {
		return err
	}
	if length := len(made.Data[0].Embedding); length != 3072 {
		return fmt.Errorf("%d dimensions", length)
	}
	return nil
}

func respond(client openai.Client) error {
	made, err := client.Responses.New(ctx, responses.ResponseNewParams{
		Model: "chat",
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Say hello.")},
		Store: openai.Bool(false),
	})
	if err != nil {
		return err
	}
	return isSentence(made.OutputText())
}

func main() {
	url, key := os.Getenv("AOAI_HTTPS_URL"), os.Getenv("AOAI_KEY")
	retries := option.WithMaxRetries(0)
	dated := openai.NewClient(azure.WithEndpoint(url, "2024-10-21"), azure.WithAPIKey(key), retries)
	v1 := openai.NewClient(option.WithBaseURL(url+"/openai/v1/"), option.WithAPIKey("unused"), option.WithHeader("api-key", key), retries)
	version := "openai-go"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if strings.HasPrefix(module.Path, "github.com/openai/openai-go") {
				version = "openai-go " + strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	for _, one := range []struct {
		feature string
		try     func(openai.Client) error
		client  openai.Client
		note    string
	}{
		{"chat", chat, dated, ""},
		{"stream", stream, dated, ""},
		{"tools", tools, dated, ""},
		{"structured output", structured, dated, ""},
		{"embeddings", embeddings, dated, ""},
		{"responses", respond, v1, "at /openai/v1"},
	} {
		result := map[string]any{"client": "openai-go, azure options", "version": version, "feature": one.feature, "ok": true}
		if one.note != "" {
			result["note"] = one.note
		}
		if err := one.try(one.client); err != nil {
			result["ok"], result["note"] = false, err.Error()
		}
		line, _ := json.Marshal(result)
		fmt.Println(string(line))
	}
}
