using System.Globalization;

namespace Lumen.Generation;

/// <summary>
/// What of <see cref="GenerationOptions"/> can be varied from picture to picture, set by name and text: the axes of a grid. Names are those
/// of the JSON.
/// </summary>
public static class GenerationDials
{
    private static readonly Dictionary<string, Func<GenerationOptions, string, GenerationOptions>> Dials = new(StringComparer.Ordinal)
    {
        ["negative_prompt"] = (options, text) => options with { NegativePrompt = text },
        ["seed"] = (options, text) => options with { Seed = Seed(text) },
        ["guidance_scale"] = (options, text) => options with { GuidanceScale = Number("guidance_scale", text) },
        ["guidance_start"] = (options, text) => options with { GuidanceStart = Number("guidance_start", text) },
        ["guidance_end"] = (options, text) => options with { GuidanceEnd = Number("guidance_end", text) },
        ["layout_guidance_scale"] = (options, text) => options with { LayoutGuidanceScale = Number("layout_guidance_scale", text) },
        ["cache_interval"] = (options, text) => options with { CacheInterval = Whole("cache_interval", text) },
        ["vae_tiling"] = (options, text) => options with { VaeTiling = Flag("vae_tiling", text) },
        ["controlnet_conditioning_scale"] = (options, text) =>
            options with
            {
                ConditioningScale = Number("controlnet_conditioning_scale", text),
            },
        ["control_guidance_start"] = (options, text) => options with { ControlGuidanceStart = Number("control_guidance_start", text) },
        ["control_guidance_end"] = (options, text) => options with { ControlGuidanceEnd = Number("control_guidance_end", text) },
        ["num_inference_steps"] = (options, text) => options with { NumInferenceSteps = Whole("num_inference_steps", text) },
        ["components"] = (options, text) => options with { Components = Whole("components", text) },
        ["strength"] = (options, text) => options with { Strength = Number("strength", text) },
        ["scheduler"] = (options, text) => options with { Scheduler = text },
        ["eta"] = (options, text) => options with { Eta = Number("eta", text) },
    };

    /// <summary>The names there are.</summary>
    public static IReadOnlyCollection<string> Names => Dials.Keys;

    /// <summary>The options with one of them set; ranges are not checked here (<see cref="GenerationOptions.Validate"/>).</summary>
    /// <param name="options">The options.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="text">Its value, numbers with a point.</param>
    /// <exception cref="LumenException">There is no such name, or the text is no value of it.</exception>
    public static GenerationOptions Set(GenerationOptions options, string name, string text) =>
        Dials.TryGetValue(name, out var set)
            ? set(options, text)
            : throw new LumenException(
                LumenErrorKind.Option,
                $"A grid can vary {string.Join(", ", Dials.Keys)}, but \"{name}\" was asked for."
            );

    /// <summary>A name in the words of people; one that is not known stays as it is.</summary>
    public static string Words(string name) =>
        name switch
        {
            "controlnet_conditioning_scale" => "layout weight",
            "guidance_scale" => "guidance",
            "num_inference_steps" => "steps",
            "guidance_start" => "guidance from",
            "guidance_end" => "guidance to",
            "layout_guidance_scale" => "layout guidance",
            "cache_interval" => "cache interval",
            "vae_tiling" => "tiles",
            "control_guidance_start" => "layout from",
            "control_guidance_end" => "layout to",
            "scheduler" => "sampler",
            "negative_prompt" => "negative prompt",
            _ => name,
        };

    /// <summary>A value in the words of people.</summary>
    public static string Caption(string name, string value) =>
        name switch
        {
            "negative_prompt" => value,
            "cache_interval" => value == "1" ? "whole network in every step" : $"whole network in 1 of {value} steps",
            "vae_tiling" => $"{Words(name)}: {value}",
            _ => $"{Words(name)} {value}",
        };

    private static double Number(string name, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Fault(name, text, "a number");

    private static int Whole(string name, string text) =>
        int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Fault(name, text, "a whole number");

    private static bool Flag(string name, string text) =>
        text.ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "ON" => true,
            "FALSE" or "NO" or "OFF" => false,
            _ => throw Fault(name, text, "yes or no"),
        };

    private static ulong Seed(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Fault("seed", text, "a whole number from 0");

    private static LumenException Fault(string name, string text, string expected) =>
        new(LumenErrorKind.Option, $"The axis {name} of the grid must hold {expected} in every cell but has \"{text}\".");
}
