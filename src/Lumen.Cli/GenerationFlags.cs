using System.CommandLine;
using System.Globalization;
using Lumen.Generation;
using Lumen.Models.Schedules;

namespace Lumen.Cli;

/// <summary>
/// The one table of flags that fill <see cref="GenerationOptions"/>. Every command that generates takes those of sampling; a new one is a
/// row here.
/// </summary>
internal sealed class GenerationFlags
{
    private readonly Row[] _rows;

    private GenerationFlags(IEnumerable<Row> rows) => _rows = [.. rows];

    /// <summary>The flags by the properties that they fill.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Names =>
        Table(null).Select(row => KeyValuePair.Create(row.Property, row.Option.Name));

    /// <summary>All flags, for one prompt.</summary>
    public static GenerationFlags All() => new(Table(new GenerationOptions()));

    /// <summary>Those of how pictures are sampled, and some more.</summary>
    /// <param name="defaults">What they are by default; null: what a recipe says.</param>
    /// <param name="more">Properties besides.</param>
    public static GenerationFlags Sampling(GenerationOptions? defaults, params string[] more) =>
        new(Table(defaults).Where(row => row.IsSampling || more.Contains(row.Property)));

    /// <summary>The flags, in the order of the help.</summary>
    public IEnumerable<Option> Options => _rows.Select(row => row.Option);

    /// <summary>Adds the flags to a command.</summary>
    public GenerationFlags AddTo(Command command)
    {
        foreach (var row in _rows)
            command.Options.Add(row.Option);
        return this;
    }

    /// <summary>The options with what was given on the command line.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="defaults">What was not given.</param>
    /// <exception cref="LumenException">A value that was given is out of range; all of them are named as they were typed.</exception>
    public GenerationOptions Read(ParseResult parsed, GenerationOptions? defaults = null)
    {
        var options = _rows.Aggregate(defaults ?? new GenerationOptions(), (options, row) => row.Fill(parsed, options));
        var typed = _rows
            .Where(row => parsed.GetResult(row.Option) is { Implicit: false })
            .ToDictionary(row => row.Property, row => parsed.GetResult(row.Option)!.IdentifierToken?.Value ?? row.Option.Name);
        OptionFault.Refuse(
            [.. options.Faults().Where(fault => fault.Properties.Any(typed.ContainsKey))],
            property => typed.GetValueOrDefault(property) ?? _rows.FirstOrDefault(row => row.Property == property)?.Option.Name ?? property
        );
        return options;
    }

    private static Row[] Table(GenerationOptions? defaults)
    {
        return
        [
            Row.Text(
                Flag.Text("--negative-prompt", "TEXT", "What the results must not look like."),
                nameof(GenerationOptions.NegativePrompt),
                (options, value) => options with { NegativePrompt = value }
            ),
            Row.Of(
                Flag.Whole("--num-inference-steps", $"Denoising steps. {Default(one => one.NumInferenceSteps)}", "--steps"),
                nameof(GenerationOptions.NumInferenceSteps),
                (options, value) => options with { NumInferenceSteps = value }
            ).ForSampling,
            Row.Text(
                Flag.Registered(
                    "--scheduler",
                    "NAME",
                    registry => registry.Samplers.Names,
                    $"Sampler: {string.Join(", ", Sampler.ShortNames)}, or the name of a diffusers class. "
                        + $"Default: {(defaults is null ? "the recipe's" : "the model's own")}."
                ),
                nameof(GenerationOptions.Scheduler),
                (options, value) => options with { Scheduler = value }
            ).ForSampling,
            Row.Of(
                Flag.Number("--eta", $"With ddim: noise added at every step, 0 (none) to 1. {Default(one => one.Eta)}"),
                nameof(GenerationOptions.Eta),
                (options, value) => options with { Eta = value }
            ).ForSampling,
            Row.Of(
                Flag.Number(
                    "--guidance-scale",
                    $"Weight of the prompt, 1 to 50; 1 switches guidance off. {Default(one => one.GuidanceScale)}"
                ),
                nameof(GenerationOptions.GuidanceScale),
                (options, value) => options with { GuidanceScale = value }
            ).ForSampling,
            Row.Of(
                Flag.Number(
                    "--guidance-start",
                    $"Fraction of the steps at which guidance begins, 0 to 1. {Default(one => one.GuidanceStart)}"
                ),
                nameof(GenerationOptions.GuidanceStart),
                (options, value) => options with { GuidanceStart = value }
            ).ForSampling,
            Row.Of(
                Flag.Number(
                    "--guidance-end",
                    "Fraction of the steps at which guidance ceases, 0 to 1: steps outside follow the prompt alone and take half the time. "
                        + $"{Default(one => one.GuidanceEnd)}"
                ),
                nameof(GenerationOptions.GuidanceEnd),
                (options, value) => options with { GuidanceEnd = value }
            ).ForSampling,
            Row.Of(
                Flag.Number(
                    "--layout-guidance-scale",
                    "Guidance of its own for the layout, 0 to 10: above 1 the result goes further from what it would be without the "
                        + $"layout, for half as much time again; 1 is off. {Default(one => one.LayoutGuidanceScale)}"
                ),
                nameof(GenerationOptions.LayoutGuidanceScale),
                (options, value) => options with { LayoutGuidanceScale = value }
            ).ForSampling,
            Row.Of(
                Flag.Whole(
                    "--cache-interval",
                    "Compute the whole denoiser in every N-th step only, N from 1 to 20, and take its deep features over between "
                        + $"(DeepCache): 2 or 3 save time for a small change of the result; 1 is off. {Default(one => one.CacheInterval)}"
                ),
                nameof(GenerationOptions.CacheInterval),
                (options, value) => options with { CacheInterval = value }
            ).ForSampling,
            Row.Of(
                Flag.Number(
                    "--controlnet-conditioning-scale",
                    $"Weight of the layout or condition, 0 to 2; --strength is its older name, and not the strength of img2img. "
                        + $"{Default(one => one.ConditioningScale)}",
                    "--conditioning-scale",
                    "--strength"
                ),
                nameof(GenerationOptions.ConditioningScale),
                (options, value) => options with { ConditioningScale = value }
            ).ForSampling,
            Row.Of(
                Flag.Number(
                    "--control-guidance-start",
                    $"Fraction of the steps at which the layout begins to act, 0 to 1. {Default(one => one.ControlGuidanceStart)}"
                ),
                nameof(GenerationOptions.ControlGuidanceStart),
                (options, value) => options with { ControlGuidanceStart = value }
            ).ForSampling,
            Row.Of(
                Flag.Number(
                    "--control-guidance-end",
                    "Fraction of the steps at which the layout ceases to act, 0 to 1; 0 switches it off. As in diffusers, a step is led "
                        + $"where all of it lies between start and end. {Default(one => one.ControlGuidanceEnd)}"
                ),
                nameof(GenerationOptions.ControlGuidanceEnd),
                (options, value) => options with { ControlGuidanceEnd = value }
            ).ForSampling,
            Row.Of(
                Flag.Whole("--components", "Use the first N components of the layout: fewer give more freedom. Default: all."),
                nameof(GenerationOptions.Components),
                (options, value) => options with { Components = value }
            ),
            Row.Of(
                Flag.Seed("--seed", $"The same seed gives the same pictures. {Default(one => one.Seed)}"),
                nameof(GenerationOptions.Seed),
                (options, value) => options with { Seed = value }
            ),
            Row.Of(
                Flag.Whole("--num-images-per-prompt", $"Number of results, each from noise of its own. {Default(one => one.Count)}"),
                nameof(GenerationOptions.Count),
                (options, value) => options with { Count = value }
            ),
            Row.Of(
                Flag.Whole(
                    "--batch-size",
                    "Results in one pass. A number may change last digits: by default a result does not depend on how many are made. "
                        + "Default: what suits the model."
                ),
                nameof(GenerationOptions.BatchSize),
                (options, value) => options with { BatchSize = value }
            ),
            Row.Switch(
                Flag.Switch(
                    "--vae-tiling",
                    "Decode results by overlapping tiles: less memory at large sizes, for colours that may differ a little between tiles."
                ),
                nameof(GenerationOptions.VaeTiling),
                (options, value) => options with { VaeTiling = value }
            ).ForSampling,
            Row.Of(
                Flag.Whole("--width", "Width of the results in pixels. Default: the reference's proportions at the model's native size."),
                nameof(GenerationOptions.Width),
                (options, value) => options with { Width = value }
            ),
            Row.Of(
                Flag.Whole("--height", "Height of the results in pixels."),
                nameof(GenerationOptions.Height),
                (options, value) => options with { Height = value }
            ),
        ];

        string Default(Func<GenerationOptions, IFormattable> get) =>
            $"Default: {(defaults is null ? "the recipe's" : get(defaults).ToString(null, CultureInfo.InvariantCulture))}.";
    }

    private sealed record Row(Option Option, string Property, Func<ParseResult, GenerationOptions, GenerationOptions> Fill)
    {
        public bool IsSampling { get; private init; }

        public Row ForSampling => this with { IsSampling = true };

        public static Row Of<T>(Option<T?> option, string property, Func<GenerationOptions, T, GenerationOptions> set)
            where T : struct =>
            new(option, property, (parsed, options) => parsed.GetValue(option) is { } value ? set(options, value) : options);

        public static Row Switch(Option<bool> option, string property, Func<GenerationOptions, bool, GenerationOptions> set) =>
            new(
                option,
                property,
                (parsed, options) => parsed.GetResult(option) is { Implicit: false } ? set(options, parsed.GetValue(option)) : options
            );

        public static Row Text(Option<string?> option, string property, Func<GenerationOptions, string, GenerationOptions> set) =>
            new(option, property, (parsed, options) => parsed.GetValue(option) is { } value ? set(options, value) : options);
    }
}
