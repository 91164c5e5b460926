using System.Globalization;
using Lumen.Generation;
using Lumen.Models.Text;

namespace Lumen.Cli;

/// <summary>What about a prompt, or about a run, will not do what its author means.</summary>
internal static class PromptWarnings
{
    private const int FewSteps = 8;
    private const int LargeArea = 16; // times the pixels that a model was trained on

    /// <summary>Warns of what is cut, of syntax that other programs have, and of words that the model has never seen.</summary>
    /// <param name="terminal">Where to warn.</param>
    /// <param name="model">The model that reads the prompt.</param>
    /// <param name="what">What the prompt is: "prompt", "negative prompt".</param>
    /// <param name="text">The prompt as it was typed.</param>
    public static void OfPrompt(Terminal terminal, DiffusionModel model, string what, string text)
    {
        var prompt = WeightedPrompt.Parse(text);
        if (model.Tokenizer.Encode(prompt).Truncated is { } cut)
            terminal.Warn(
                $"The {what} is longer than the {model.Tokenizer.MaxLength - 2} tokens that {model.Name} reads. This part is not "
                    + $"used: \"{cut}\""
            );
        foreach (var warning in PromptSyntax.Warnings(text))
            terminal.Warn($"In the {what}: Lumen {warning}.");
        if (model.Tokenizer.UnknownWords(prompt.Text) is { Count: > 0 } unknown)
            terminal.Warn(
                $"{model.Name} has never seen {(unknown.Count == 1 ? "this word" : "these words")} of the {what}: "
                    + $"{string.Join(", ", unknown)}. It knows the words of its own captions only, so what they do to the picture is "
                    + "chance."
            );
    }

    /// <summary>Warns of a size whose attention takes many times as long as the model's own.</summary>
    /// <param name="terminal">Where to warn.</param>
    /// <param name="model">The model.</param>
    /// <param name="width">Width of the results in pixels.</param>
    /// <param name="height">Height of the results in pixels.</param>
    public static void OfSize(Terminal terminal, DiffusionModel model, int width, int height)
    {
        var times = (long)width * height / ((double)model.NativeSize * model.NativeSize);
        if (times > LargeArea)
            terminal.Warn(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{width} x {height} is {times:0} times the area that {model.Name} was trained on ({model.NativeSize} x "
                        + $"{model.NativeSize}): attention then takes {times * times:0} times as long, and "
                        + $"pictures repeat themselves. Choose a smaller --width and --height, and enlarge the result."
                )
            );
    }

    /// <summary>Warns of a walk that is too short, and of an adapter that leads no step of it.</summary>
    /// <param name="terminal">Where to warn.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">Steps, sampler, window of control.</param>
    public static void OfSteps(Terminal terminal, DiffusionModel model, GenerationOptions options)
    {
        var sampler = options.NewSampler(model.Schedule);
        if (options.NumInferenceSteps < FewSteps && sampler is not Models.Schedules.LcmSampler)
            terminal.Warn(
                $"{options.NumInferenceSteps} {(options.NumInferenceSteps == 1 ? "step is" : "steps are")} few for "
                    + $"{options.SchedulerFor(model.Schedule)}: "
                    + "pictures come out unfinished. Give --num-inference-steps 12 or more, or use a model that was distilled for few "
                    + "steps with --scheduler lcm."
            );
        var calls = sampler.Calls(0).Count;
        if (options.ConditioningScale > 0 && !Enumerable.Range(0, calls).Any(step => options.ControlsAt(step, calls)))
            terminal.Warn(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"No step lies between --control-guidance-start {options.ControlGuidanceStart} and --control-guidance-end "
                        + $"{options.ControlGuidanceEnd} as a whole, so nothing is led by the adapter."
                )
            );
    }
}
