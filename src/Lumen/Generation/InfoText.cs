using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lumen.Models.Schedules;

namespace Lumen.Generation;

/// <summary>
/// The PNG entry <c>parameters</c> of AUTOMATIC1111's web UI: prompt, negative prompt, and a line of names and values, which it and other
/// programs read back.
/// </summary>
internal static class InfoText
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Its own names of our samplers, which it looks up as they are written, and the spread of noise levels, which it keeps apart since 1.9.
    private static readonly Dictionary<string, (string Sampler, string? Schedule)> Samplers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ddim"] = ("DDIM", null),
        ["ddpm"] = ("DDPM", null),
        ["pndm"] = ("PLMS", null),
        ["euler"] = ("Euler", "Uniform"),
        ["euler_karras"] = ("Euler", "Karras"),
        ["euler_a"] = ("Euler a", "Uniform"),
        ["dpm_2m"] = ("DPM 2M", "Uniform"),
        ["dpmpp_2m"] = ("DPM++ 2M", "Uniform"),
        ["dpmpp_2m_karras"] = ("DPM++ 2M", "Karras"),
        ["dpmpp_2m_heun"] = ("DPM++ 2M", "Uniform"),
        ["dpmpp_2m_sde"] = ("DPM++ 2M SDE", "Uniform"),
        ["dpmpp_2m_sde_karras"] = ("DPM++ 2M SDE", "Karras"),
        ["dpmpp_3m"] = ("DPM++ 3M", "Uniform"),
        ["dpmpp_3m_karras"] = ("DPM++ 3M", "Karras"),
        ["dpmpp_3m_sde"] = ("DPM++ 3M SDE", "Uniform"),
        ["dpmpp_3m_sde_karras"] = ("DPM++ 3M SDE", "Karras"),
        ["unipc"] = ("UniPC", null),
        ["unipc_karras"] = ("UniPC", "Karras"),
        ["lcm"] = ("LCM", null),
        ["EulerDiscreteScheduler"] = ("Euler", null),
        ["EulerAncestralDiscreteScheduler"] = ("Euler a", null),
        ["DPMSolverMultistepScheduler"] = ("DPM++ 2M", null),
        ["UniPCMultistepScheduler"] = ("UniPC", null),
    };

    /// <summary>The entry for a picture.</summary>
    public static string Of(GenerationRecord record)
    {
        var options = record.Options;
        var negative = options.NegativePrompt.Length > 0 ? $"\nNegative prompt: {options.NegativePrompt}" : "";
        var name = options.Scheduler ?? "";
        var (sampler, schedule) = Samplers.GetValueOrDefault(
            SamplerRegistry.BuiltIn.ShortNameOf(name),
            Samplers.GetValueOrDefault(name, (name, null))
        );
        var values = new (string Name, string? Value)[]
        {
            ("Steps", Text(options.NumInferenceSteps)),
            ("Sampler", sampler),
            ("Schedule type", schedule),
            ("CFG scale", Text(options.GuidanceScale)),
            ("Seed", Text(record.PictureSeed)),
            ("Size", $"{options.Width}x{options.Height}"),
            ("Model hash", Short(record.Model.Hash)),
            ("Model", record.Model.Name),
            ("Denoising strength", options.Strength < 1 ? Text(options.Strength) : null),
            ("Eta DDIM", options.Eta > 0 ? Text(options.Eta) : null),
            ("ControlNet 0", record.Adapter is { } adapter ? Control(adapter, record.Options) : null),
        };
        return $"{record.Prompt}{negative}\n"
            + string.Join(", ", values.Where(value => value.Value is not null).Select(value => $"{value.Name}: {Quoted(value.Value!)}"));
    }

    // As its extension for ControlNets writes a unit; it cuts the text at commas and colons, which names must not hold therefore.
    private static string Control((string Name, string Hash) adapter, GenerationOptions options)
    {
        var name = adapter.Name.Replace(',', ' ').Replace(':', ' ');
        return $"Module: none, Model: {name} [{Short(adapter.Hash)[..8]}], Weight: {Fraction(options.ConditioningScale)}, "
            + "Resize Mode: Crop and Resize, "
            + $"Guidance Start: {Fraction(options.ControlGuidanceStart)}, Guidance End: {Fraction(options.ControlGuidanceEnd)}, "
            + "Pixel Perfect: False, Control Mode: Balanced";
    }

    // Values that would be cut at a comma, a colon or a line's end, or lose quotes of their own, are JSON strings.
    private static string Quoted(string value) =>
        value.StartsWith('"') || value.AsSpan().ContainsAny(',', ':', '\n') ? JsonSerializer.Serialize(value, Plain) : value;

    private static string Short(string hash) => hash.Length > 10 ? hash[..10] : hash.PadRight(10, '0');

    private static string Fraction(double value) => value.ToString("0.0##############", CultureInfo.InvariantCulture);

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
