using Lumen.Core.Native;

namespace Lumen.Studio.Safety;

/// <summary>What is said of a fault that is nobody's own: the log has its lines.</summary>
internal static class FaultSentence
{
    /// <summary>The sentence.</summary>
    public static string Of(Exception error) =>
        OutOfMemory.IsCauseOf(error)
            ? "There was not enough memory for this. Try smaller or fewer pictures."
            : "This is a bug in Lumen; the log of the studio has its lines. Other jobs are not concerned.";
}
