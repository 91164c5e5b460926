using System.Text.Json;
using Lumen.Models.Text;

namespace Lumen.Testing.Parity;

/// <summary>Texts and their token ids.</summary>
internal sealed class TokenizerCases : CaseKind
{
    public override bool ComputesPlaced => false;

    public override bool Fits(ReferenceCase reference) =>
        reference.Text("data") is { } data
        && reference.Holds(data)
        && reference.FolderOf("model") is { } folder
        && File.Exists(System.IO.Path.Combine(folder, "vocab.json"));

    public override void Run(CaseRun run)
    {
        var tokenizer = ClipTokenizer.Load(run.Case.FolderOf("model")!);
        using var document = JsonDocument.Parse(File.ReadAllText(run.Case.Path(run.Case.Text("data")!)));
        var wrong = document
            .RootElement.EnumerateArray()
            .Where(row => !Agrees(tokenizer, row))
            .Select(row => row.GetProperty("text").GetRawText())
            .ToArray();
        run.CompareCount(
            "ids",
            wrong.Length,
            wrong.Length == 0 ? $"{document.RootElement.GetArrayLength()} texts" : $"first wrong: {wrong[0]}"
        );
    }

    // Rows without "agree" depend on a cleaning library upstream: either spelling of the ids is right.
    private static bool Agrees(ClipTokenizer tokenizer, JsonElement row)
    {
        var got = tokenizer.Encode(row.GetProperty("text").GetString()!);
        if (Same(row, "ids"))
            return !row.TryGetProperty("n", out var count) || count.GetInt32() == got.Count;
        return row.TryGetProperty("agree", out var agree) && agree.ValueKind == JsonValueKind.False && Same(row, "ids_nfc_only");

        bool Same(JsonElement element, string name) =>
            element.TryGetProperty(name, out var ids)
            && ids.ValueKind == JsonValueKind.Array
            && ids.EnumerateArray().Select(id => id.GetInt64()).SequenceEqual(got.Ids);
    }
}
