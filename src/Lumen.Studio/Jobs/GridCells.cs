using System.Globalization;
using Lumen.Generation;

namespace Lumen.Studio.Jobs;

/// <summary>A picture of a job: its prompt, how it is made, and the adapter's name; null for the model's own.</summary>
internal sealed record JobCell(string Prompt, GenerationOptions Options, string? Adapter = null);

/// <summary>The cells of a grid: what its rows and columns set.</summary>
internal static class GridCells
{
    private static readonly Dictionary<string, Func<JobCell, string, JobCell>> Dials = new(StringComparer.Ordinal)
    {
        ["prompt"] = (cell, text) => cell with { Prompt = text },
        ["adapter"] = (cell, text) => cell with { Adapter = text },
        ["negative_prompt"] = (cell, text) => With(cell, cell.Options with { NegativePrompt = text }),
        ["seed"] = (cell, text) => With(cell, cell.Options with { Seed = Seed(text) }),
        ["guidance_scale"] = (cell, text) => With(cell, cell.Options with { GuidanceScale = Number("guidance_scale", text) }),
        ["guidance_start"] = (cell, text) => With(cell, cell.Options with { GuidanceStart = Number("guidance_start", text) }),
        ["guidance_end"] = (cell, text) => With(cell, cell.Options with { GuidanceEnd = Number("guidance_end", text) }),
        ["layout_guidance_scale"] = (cell, text) =>
            With(cell, cell.Options with { LayoutGuidanceScale = Number("layout_guidance_scale", text) }),
        ["cache_interval"] = (cell, text) => With(cell, cell.Options with { CacheInterval = Whole("cache_interval", text) }),
        ["vae_tiling"] = (cell, text) => With(cell, cell.Options with { VaeTiling = Flag("vae_tiling", text) }),
        ["controlnet_conditioning_scale"] = (cell, text) =>
            With(cell, cell.Options with { ConditioningScale = Number("controlnet_conditioning_scale", text) }),
        ["control_guidance_start"] = (cell, text) =>
            With(cell, cell.Options with { ControlGuidanceStart = Number("control_guidance_start", text) }),
        ["control_guidance_end"] = (cell, text) =>
            With(cell, cell.Options with { ControlGuidanceEnd = Number("control_guidance_end", text) }),
        ["num_inference_steps"] = (cell, text) => With(cell, cell.Options with { NumInferenceSteps = Whole("num_inference_steps", text) }),
        ["components"] = (cell, text) => With(cell, cell.Options with { Components = Whole("components", text) }),
        ["strength"] = (cell, text) => With(cell, cell.Options with { Strength = Number("strength", text) }),
        ["scheduler"] = (cell, text) => With(cell, cell.Options with { Scheduler = text }),
        ["eta"] = (cell, text) => With(cell, cell.Options with { Eta = Number("eta", text) }),
    };

    /// <summary>What rows and columns can vary.</summary>
    public static IReadOnlyCollection<string> Names => Dials.Keys;

    /// <summary>The cells of a request sheet by sheet, row by row; one where it is no grid.</summary>
    /// <exception cref="LumenException">
    /// An axis names no dial or that of another axis, has no values, or one that the dial does not take.
    /// </exception>
    public static IReadOnlyList<JobCell> Of(JobRequest request)
    {
        var options = request.Kind == JobKind.Grid ? request.Options with { Count = 1 } : request.Options;
        var twice = new[] { request.X, request.Y, request.Z }
            .OfType<GridAxis>()
            .CountBy(axis => axis.Dial)
            .FirstOrDefault(dial => dial.Value > 1);
        if (twice.Key is { } dial)
            throw new LumenException(
                LumenErrorKind.Option,
                $"Two axes of the grid vary {dial}, so one would undo the other. Let each vary another dial."
            );
        var start = new JobCell(request.Prompt, options, request.Adapter);
        return [.. Along(request.Z, start).SelectMany(sheet => Along(request.Y, sheet)).SelectMany(row => Along(request.X, row))];
    }

    private static IEnumerable<JobCell> Along(GridAxis? axis, JobCell cell)
    {
        if (axis is null)
            return [cell];
        if (!Dials.TryGetValue(axis.Dial, out var set))
            throw new LumenException(
                LumenErrorKind.Option,
                $"A grid can vary {string.Join(", ", Dials.Keys)}, but \"{axis.Dial}\" was asked for."
            );
        if (axis.Values is not { Count: > 0 })
            throw new LumenException(LumenErrorKind.Option, $"The axis {axis.Dial} of the grid has no values. Give it two or more.");
        return axis.Values.Select(value => set(cell, value.Trim()));
    }

    private static JobCell With(JobCell cell, GenerationOptions options) => cell with { Options = options };

    private static double Number(string dial, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Fault(dial, text, "a number");

    private static int Whole(string dial, string text) =>
        int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Fault(dial, text, "a whole number");

    private static bool Flag(string dial, string text) =>
        text.ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "ON" => true,
            "FALSE" or "NO" or "OFF" => false,
            _ => throw Fault(dial, text, "yes or no"),
        };

    private static ulong Seed(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Fault("seed", text, "a whole number from 0");

    private static LumenException Fault(string dial, string text, string expected) =>
        new(LumenErrorKind.Option, $"The axis {dial} of the grid must hold {expected} in every cell but has \"{text}\".");
}
