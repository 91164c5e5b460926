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
            lines.Add($"{split.Name, -8} {split.Items} pictures{generated}{captions}");
            if (split.Sizes.Count > 0)
            {
                var others = split.Sizes.Count > ShownSizes ? $", {split.Sizes.Count - ShownSizes} other sizes" : "";
                lines.Add(
                    "         sizes  "
                        + string.Join(", ", split.Sizes.Take(ShownSizes).Select(size => $"{size.Width} x {size.Height} ({size.Count})"))
                        + others
                );
            }
            if (split.Labels.Count > 0)
                lines.Add($"         labels {string.Join(", ", split.Labels.Select(label => $"{label.Key} ({label.Value})"))}");
        }
        lines.Add($"captions {summary.Captions}");
        foreach (var depth in summary.Depths)
            lines.AddRange(Depth(depth));
        var conflict = summary.IgnoreConflict;
        if (summary.Classes.Classes.Count > 0)
            lines.Add(
                $"classes  {summary.Classes.Classes.Count}"
                    + (conflict is null && summary.Classes.Ignore is { } ignore ? $", {ignore} is ignored" : "")
            );
        if (conflict is not null)
            lines.Add($"ignored  nothing says which id: {conflict}");
        if (summary.PixelShares.Count > 0)
        {
            lines.Add($"pixels   in the first {summary.SampledLabels} label files:");
            foreach (var (id, share) in summary.PixelShares.OrderBy(pair => pair.Key))
                lines.Add(
                    string.Create(CultureInfo.InvariantCulture, $"         {id, 5}  {NameOf(summary, id), -24} {share * 100, 6:0.00} %")
                );
        }
        return string.Join(Environment.NewLine, lines.Select(VisibleText.OneLine));
    }

    // Where 255 may be the foreground it is not called "ignore".
    private static string NameOf(DatasetSummary summary, int id) =>
        summary.IgnoreConflict is not null && summary.Classes.Classes.All(one => one.Id != id) ? "" : summary.Classes.NameOf(id);

    private static IEnumerable<string> Depth(DepthSummary depth)
    {
        if (depth.Most == 0)
        {
            yield return $"depth    {depth.Role}: nothing but zeros in {depth.Files} files";
            yield break;
        }
        var metres = depth.StepsPerMetre is { } steps
            ? string.Create(
                CultureInfo.InvariantCulture,
                $", which is {depth.Least / steps:0.###} to {depth.Most / steps:0.###} m at {steps:0.#} steps a metre"
            )
            : ", no metres";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"depth    {depth.Role}: {depth.Least} to {depth.Most}{metres}; {depth.Zeros * 100:0.0} % zeros ({depth.Files} files)"
        );
        var ((near, least), (far, most)) = depth.Medians;
        if (depth.Files > 1)
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"         medians of single files: {least} ({near}) to {most} ({far})"
            );
    }

    public static JsonObject Json(DatasetSummary summary) =>
        new()
        {
            ["format"] = summary.Format,
            ["splits"] = new JsonArray([
                .. summary.Splits.Select(split =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["name"] = split.Name,
                            ["items"] = split.Items,
                            ["generated"] = split.Generated,
                            ["captions"] = split.Captioned,
                            ["sizes"] = new JsonArray([
                                .. split.Sizes.Select(size =>
                                    (JsonNode)
                                        new JsonObject
                                        {
                                            ["width"] = size.Width,
                                            ["height"] = size.Height,
                                            ["count"] = size.Count,
                                        }
                                ),
                            ]),
                            ["labels"] = new JsonObject(
                                split.Labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))
                            ),
                        }
                ),
            ]),
            ["classes"] = new JsonArray([
                .. summary.Classes.Classes.Select(one => (JsonNode)new JsonObject { ["id"] = one.Id, ["name"] = one.Name }),
            ]),
            ["ignore"] = summary.IgnoreConflict is null ? summary.Classes.Ignore : null,
            ["ignore_conflict"] = summary.IgnoreConflict,
            ["depth"] = new JsonArray([
                .. summary.Depths.Select(depth =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["role"] = depth.Role,
                            ["files"] = depth.Files,
                            ["least"] = depth.Most == 0 ? null : depth.Least,
                            ["most"] = depth.Most,
                            ["steps_per_metre"] = depth.StepsPerMetre,
                            ["zeros"] = Math.Round(depth.Zeros, 6),
                            ["median_near"] = depth.Medians.Near.Median,
                            ["median_far"] = depth.Medians.Far.Median,
                        }
                ),
            ]),
            ["sampled_labels"] = summary.SampledLabels,
            ["pixel_shares"] = new JsonObject(
                summary.PixelShares.Select(pair =>
                    KeyValuePair.Create(pair.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)Math.Round(pair.Value, 6))
                )
            ),
        };
}
