namespace Lumen.Studio.Safety;

/// <summary>More was asked for than <see cref="StudioLimits"/> allow; answered with status 429.</summary>
internal sealed class LimitException(string message) : LumenException(LumenErrorKind.Option, message);
