namespace Lumen.Testing.Parity;

/// <summary>One line of a parity report.</summary>
/// <param name="Verdict">How it came out.</param>
/// <param name="Case">The case's name.</param>
/// <param name="Output">Name of the output; a <c>*</c> stands for the numbers of a group.</param>
/// <param name="Error">The error where it is worst, measured against what is allowed there.</param>
/// <param name="Allowed">What is allowed there.</param>
/// <param name="Note">Anything that needs words; empty if nothing does.</param>
public sealed record Comparison(Verdict Verdict, string Case, string Output, double Error, double Allowed, string Note = "")
{
    /// <summary>The part of the tolerance that is used up; above 1 is a failure.</summary>
    public double Share =>
        double.IsNaN(Error) ? double.PositiveInfinity
        : Error == 0 ? 0
        : Error / Allowed;

    /// <summary><c>ok  case  output  max-error  tolerance</c>.</summary>
    public override string ToString()
    {
        var verdict = Verdict switch
        {
            Verdict.Ok => "ok",
            Verdict.Fail => "FAIL",
            _ => "UNSUPPORTED",
        };
        var numbers = double.IsNaN(Error) && Note.Length > 0 ? "-  -" : $"{Error:g3}  {Allowed:g3}";
        return $"{verdict, -11}  {Case}  {Output}  {numbers}{(Note.Length > 0 ? "  " : "")}{Note}";
    }
}
