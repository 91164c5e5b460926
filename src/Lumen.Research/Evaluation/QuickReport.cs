using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Imaging;

namespace Lumen.Research.Evaluation;

/// <summary>What the quick evaluation found.</summary>
public sealed record QuickReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>What was done, in a sentence.</summary>
    public required string Setting { get; init; }

    /// <summary>The options of the run.</summary>
    public required QuickEvaluationOptions Options { get; init; }

    /// <summary>The figures in the order they are printed.</summary>
    public required IReadOnlyList<QuickFigure> Figures { get; init; }

    /// <summary>Rows for the contact sheet.</summary>
    public IReadOnlyList<QuickSample> Samples { get; init; } = [];

    /// <summary>Whether every bar is reached.</summary>
    public bool Met => Figures.All(figure => figure.Met != false);

    /// <summary>A figure's value.</summary>
    /// <exception cref="KeyNotFoundException">There is no figure of this name.</exception>
    public double Value(string name) =>
        (
            Figures.FirstOrDefault(figure => figure.Name == name) ?? throw new KeyNotFoundException($"The report has no figure \"{name}\".")
        ).Value;

    /// <summary>
    /// The report for machines: how pictures were generated, with the keys of their own records, and figures by name with value, unit, bar
    /// and whether it is met. A figure that is not finite is null.
    /// </summary>
    public string ToJson()
    {
        var figures = new JsonObject();
        foreach (var figure in Figures)
        {
            figures[figure.Name] = new JsonObject
            {
                ["value"] = double.IsFinite(figure.Value) ? Math.Round(figure.Value, 6) : null,
                ["unit"] = figure.Unit,
                ["bar"] = figure.Bar,
                ["met"] = figure.Met,
                ["title"] = figure.Title,
            };
        }
        return new JsonObject
        {
            ["model"] = Model,
            ["setting"] = Setting,
            ["references"] = Options.References,
            ["scene_detail"] = Options.SceneDetail.ToString().ToLowerInvariant(),
            ["steps"] = Options.Generation.NumInferenceSteps,
            ["guidance_scale"] = Options.Generation.GuidanceScale,
            ["generation"] = QuickEvaluationOptions.Record(Options.Generation),
            ["seed"] = Options.Generation.Seed,
            ["all_met"] = Met,
            ["figures"] = figures,
        }.ToJsonString(Indented);
    }

    /// <summary>The report for people: a table with each bar and whether it is met.</summary>
    public string ToText()
    {
        var rows = Figures
            .Select(figure =>
                (
                    figure.Title,
                    Value: Number(figure.Value, figure.Unit),
                    Bar: figure.Bar is { } bar ? ">= " + Number(bar, figure.Unit) : "",
                    Verdict: figure.Met switch
                    {
                        true => "met",
                        false => "MISSED",
                        _ => "",
                    }
                )
            )
            .ToArray();
        var (title, value, limit) = (rows.Max(row => row.Title.Length), rows.Max(row => row.Value.Length), rows.Max(row => row.Bar.Length));
        var text = new StringBuilder().Append(Model).Append(": ").Append(Setting).Append('\n');
        foreach (var row in rows)
            text.Append($"{row.Title.PadRight(title)}  {row.Value.PadLeft(value)}  {row.Bar.PadRight(limit)}  {row.Verdict}".TrimEnd())
                .Append('\n');
        return text.ToString();
    }

    /// <summary>Reference, layout and result of the kept samples, with the prompt beside each row; null where none was kept.</summary>
    public Picture? Sheet() =>
        Samples.Count == 0
            ? null
            : ContactSheet.Compose(
                [.. Samples.Select(sample => (IReadOnlyList<Picture>)[sample.Reference, sample.Layout, sample.Result])],
                ["reference", "layout", "result"],
                [.. Samples.Select(sample => sample.Prompt)]
            );

    private static string Number(double value, string unit) =>
        unit switch
        {
            "dB" => value.ToString("0.00", CultureInfo.InvariantCulture) + " dB",
            "s" => value.ToString("0.00", CultureInfo.InvariantCulture) + " s",
            _ => value.ToString("0.000", CultureInfo.InvariantCulture),
        };
}

/// <summary>One measured figure.</summary>
/// <param name="Name">Key in JSON, snake_case.</param>
/// <param name="Title">What it is, for people.</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">dB, s, or empty for fractions 0...1 and cosines.</param>
/// <param name="Bar">What it must reach at least; null where nothing is asked.</param>
public sealed record QuickFigure(string Name, string Title, double Value, string Unit = "", double? Bar = null)
{
    /// <summary>Whether the bar is reached; null where there is none.</summary>
    public bool? Met => Bar is { } bar ? Value >= bar : null;
}

/// <summary>One row of the contact sheet.</summary>
/// <param name="Reference">The held-out picture.</param>
/// <param name="Layout">Its neural layout, components 1 to 3 as RGB.</param>
/// <param name="Result">What was generated.</param>
/// <param name="Prompt">From this prompt.</param>
public sealed record QuickSample(Picture Reference, Picture Layout, Picture Result, string Prompt);
