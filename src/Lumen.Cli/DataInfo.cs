using System.Globalization;
using System.Text.Json.Nodes;
using Lumen.Datasets;

namespace Lumen.Cli;

/// <summary>What <c>lumen data info</c> prints.</summary>
internal static class DataInfo
{
    private const int ShownSizes = 3;

    public static string Text(DatasetSummary summary)
    {
        var lines = new List<string> { $"format   {summary.Format}" };
        foreach (var split in summary.Splits)
        {
            var generated = split.Generated > 0 ? $", {split.Generated} of them generated" : "";
            var captions = split.Captioned > 0 ? $", {split.Captioned} with a caption" : "";
            lines.Add($"{split.Name,-8} {split.Items} pictures{generated}{captions}");
            if (split.Sizes.Count > 0)
            {
                var others = split.Sizes.Count > ShownSizes ? $", {split.Sizes.Count - ShownSizes} other sizes" : "";
                lines.Add($"         sizes  {string.Join(", ", split.Sizes.Take(ShownSizes).Select(size => $"{size.Width} x {size.Height} ({size.Count})"))}{others}");
            }
            if (split.Labels.Count > 0) lines.Add($"         labels {string.Join(", ", split.Labels.Select(label => $"{label.Key} ({label.Value})"))}");
        }
        if (summary.Classes.Classes.Count > 0) lines.Add($"classes  {summary.Classes.Classes.Count}{(summary.Classes.Ignore is { } ignore ? $", {ignore} is ignored" : "")}");
        if (summary.PixelShares.Count > 0)
        {
            lines.Add($"pixels   in the first {summary.SampledLabels} label files:");
            foreach (var (id, share) in summary.PixelShares.OrderBy(pair => pair.Key))
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"         {id,5}  {summary.Classes.NameOf(id),-24} {share * 100,6:0.00} %"));
        }
        return string.Join(Environment.NewLine, lines);
    }

    public static JsonObject Json(DatasetSummary summary) => new()
    {
        ["format"] = summary.Format,
        ["splits"] = new JsonArray([.. summary.Splits.Select(split => (JsonNode)new JsonObject
        {
            ["name"] = split.Name,
            ["items"] = split.Items,
            ["generated"] = split.Generated,
            ["captions"] = split.Captioned,
            ["sizes"] = new JsonArray([.. split.Sizes.Select(size => (JsonNode)new JsonObject { ["width"] = size.Width, ["height"] = size.Height, ["count"] = size.Count })]),
            ["labels"] = new JsonObject(split.Labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
        })]),
        ["classes"] = new JsonArray([.. summary.Classes.Classes.Select(one => (JsonNode)new JsonObject { ["id"] = one.Id, ["name"] = one.Name })]),
        ["ignore"] = summary.Classes.Ignore,
        ["sampled_labels"] = summary.SampledLabels,
        ["pixel_shares"] = new JsonObject(summary.PixelShares.Select(pair => KeyValuePair.Create(pair.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)Math.Round(pair.Value, 6)))),
    };
}
