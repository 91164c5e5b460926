using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Lumen.Augmentation;

/// <summary>What is in an output folder, prompt by prompt.</summary>
/// <param name="Rows">One row for each domain and style, by name.</param>
/// <param name="LeftOut">Sources that were left out because a held-out part has them.</param>
public sealed record AugmentationReport(IReadOnlyList<AugmentationRow> Rows, IReadOnlyList<ManifestEntry> LeftOut)
{
    /// <summary>New pictures.</summary>
    public long Accepted => Rows.Sum(row => row.Accepted);

    /// <summary>Pictures that never reached the agreement and obedience asked for, or that a person rejected.</summary>
    public long Rejected => Rows.Sum(row => row.Rejected);

    /// <summary>Those of <see cref="Rejected"/> that a person rejected.</summary>
    public long RejectedByHand { get; init; }

    /// <summary>The report of a folder's manifests.</summary>
    public static AugmentationReport Of(string folder)
    {
        var entries = Manifest.Read(folder);
        var rows = entries
            .Where(entry => entry.Variant >= 0)
            .GroupBy(entry => (entry.Domain, entry.Style))
            .OrderBy(group => group.Key)
            .Select(group => new AugmentationRow(
                group.Key.Domain,
                group.Key.Style,
                group.LongCount(entry => entry.Item is not null),
                group.LongCount(entry => entry.Item is null),
                group.LongCount(entry => entry.Attempt > 0),
                group.Average(entry => entry.Agreement),
                group.Min(entry => entry.Agreement)
            )
            {
                Obedience = group.Average(entry => entry.Obedience?.Score),
                LowestObedience = group.Min(entry => entry.Obedience?.Score),
                ReferenceObedience = group.Average(entry => entry.Obedience?.ReferenceScore),
            });
        return new AugmentationReport([.. rows], [.. entries.Where(entry => entry.Variant < 0)])
        {
            RejectedByHand = entries.LongCount(entry => entry.LeftOut == ManifestEntry.RejectedByHand),
        };
    }

    /// <summary>As a table.</summary>
    public string ToText()
    {
        var obeyed = Rows.Any(row => row.Obedience is not null) ? $" {"obedience", 10} {"lowest", 7} {"source", 7}" : "";
        var text = new StringBuilder(
            $"{"prompt", -24} {"made", 6} {"rejected", 9} {"retried", 8} {"agreement", 10} {"lowest", 7}{obeyed}\n"
        );
        foreach (var row in Rows)
            text.Append(row.ToText()).Append('\n');
        foreach (var entry in LeftOut)
            text.Append(
                CultureInfo.InvariantCulture,
                $"left out {entry.Source}: {(entry.LeftOut == "duplicate" ? "the same file as" : "looks like")} {entry.Like}\n"
            );
        if (RejectedByHand > 0)
            text.Append(CultureInfo.InvariantCulture, $"rejected by hand: {RejectedByHand}\n");
        return text.ToString().TrimEnd();
    }

    /// <summary>As JSON.</summary>
    public JsonObject ToJson() =>
        new()
        {
            ["accepted"] = Accepted,
            ["rejected"] = Rejected,
            ["rejected_by_hand"] = RejectedByHand,
            ["left_out"] = new JsonArray([
                .. LeftOut.Select(entry =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["source"] = entry.Source,
                            ["why"] = entry.LeftOut,
                            ["like"] = entry.Like,
                        }
                ),
            ]),
            ["prompts"] = new JsonArray([.. Rows.Select(row => (JsonNode)row.ToJson())]),
        };
}

/// <summary>The pictures of one domain and style.</summary>
/// <param name="Domain">Name of the domain.</param>
/// <param name="Style">Name of the style; may be empty.</param>
/// <param name="Accepted">New pictures.</param>
/// <param name="Rejected">Pictures that never reached the agreement and obedience asked for.</param>
/// <param name="Retried">Pictures that needed, or used up, further attempts.</param>
/// <param name="Agreement">Mean agreement with the sources' layouts.</param>
/// <param name="LowestAgreement">The lowest one.</param>
public sealed record AugmentationRow(
    string Domain,
    string Style,
    long Accepted,
    long Rejected,
    long Retried,
    double Agreement,
    double LowestAgreement
)
{
    /// <summary>Mean prompt obedience; null where none was measured.</summary>
    public double? Obedience { get; init; }

    /// <summary>The lowest one.</summary>
    public double? LowestObedience { get; init; }

    /// <summary>Mean obedience of the sources to the same prompts: what the prompts had to change.</summary>
    public double? ReferenceObedience { get; init; }

    /// <summary>Domain and style in one word.</summary>
    public string Name => Style.Length > 0 ? $"{Domain} x {Style}" : Domain;

    internal string ToText()
    {
        var culture = CultureInfo.InvariantCulture;
        var own = string.Create(
            culture,
            $"{Name, -24} {Accepted, 6} {Rejected, 9} {Retried, 8} {Agreement, 10:0.000} {LowestAgreement, 7:0.000}"
        );
        return Obedience is null
            ? own
            : own + string.Create(culture, $" {Obedience, 10:0.000} {LowestObedience, 7:0.000} {ReferenceObedience, 7:0.000}");
    }

    internal JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["domain"] = Domain,
            ["style"] = Style,
            ["accepted"] = Accepted,
            ["rejected"] = Rejected,
            ["retried"] = Retried,
            ["agreement"] = Math.Round(Agreement, 4),
            ["lowest_agreement"] = Math.Round(LowestAgreement, 4),
        };
        foreach (
            var (name, value) in new[]
            {
                ("obedience", Obedience),
                ("lowest_obedience", LowestObedience),
                ("source_obedience", ReferenceObedience),
            }
        )
            if (value is { } known)
                json[name] = Math.Round(known, 4);
        return json;
    }
}
