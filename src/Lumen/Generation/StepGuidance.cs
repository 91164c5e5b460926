namespace Lumen.Generation;

/// <summary>What leads a step.</summary>
/// <param name="Prompts">Classifier-free guidance acts: there is a branch of the negative prompt.</param>
/// <param name="Controls">The adapter acts.</param>
internal readonly record struct StepGuidance(bool Prompts, bool Controls)
{
    /// <summary>That of a call of the denoiser.</summary>
    public static StepGuidance At(GenerationOptions options, int call, int calls) =>
        new(options.GuidesAt(call, calls), options.ControlsAt(call, calls));
}
