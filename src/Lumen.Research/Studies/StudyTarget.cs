namespace Lumen.Research.Studies;

/// <summary>Something a study is held to, met or not.</summary>
/// <param name="Statement">What is asked.</param>
/// <param name="Found">What was found, with its interval.</param>
/// <param name="Met">Whether it is met; null where it could not be measured.</param>
public sealed record StudyTarget(string Statement, string Found, bool? Met);
